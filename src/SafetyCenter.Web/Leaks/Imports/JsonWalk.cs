using System.Text;
using System.Text.Json;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// Walks through JSON, token by token, and hands a reader of reports the values it wants. All else is passed over, and never
/// becomes a text.
/// </summary>
/// <remarks>
/// What is wanted is said in paths: <c>runs[].results[].message.text</c>, where <c>[]</c> is each element of an array, <c>*</c>
/// any member of an object, and the empty path the whole value.
/// </remarks>
internal sealed class JsonWalk
{
    private const string Element = "[]";
    private const string AnyMember = "*";
    private const int NameLengthMax = 200;

    private readonly ReportReader _reader;
    private readonly Node _root = new("");
    private readonly Stack<(Node? Node, bool IsArray)> _open = [];
    private Node? _named;
    private string _name = "";

    /// <summary>Prepares for what a reader wants.</summary>
    public JsonWalk(ReportReader reader)
    {
        _reader = reader;
        foreach (var path in reader.Paths)
        {
            var node = _root;
            foreach (var step in path.Replace(Element, ".[]", StringComparison.Ordinal)
                .Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                node = node.Grow(step);
            }

            node.Wanted = path;
        }
    }

    /// <summary>Takes the token at which the JSON reader stands.</summary>
    /// <param name="json">The JSON reader.</param>
    /// <param name="isCut">Whether it is a text that was too long, and is empty instead.</param>
    public void Take(ref Utf8JsonReader json, bool isCut)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.PropertyName:
                Name(ref json);
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                _open.Push((Next(), json.TokenType == JsonTokenType.StartArray));
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                if (_open.Pop().Node is { Wanted: { } ended })
                {
                    _reader.End(ended);
                }

                break;
            default:
                if (Next() is { Wanted: { } wanted })
                {
                    Hand(wanted, ref json, isCut);
                }

                break;
        }
    }

    /// <summary>Begins anew, after a value that broke off.</summary>
    public void Restart() => _open.Clear();

    private void Name(ref Utf8JsonReader json)
    {
        var parent = _open.Peek().Node;
        _named = parent?.Child(ref json);
        if (_named is null)
        {
            return;
        }

        if (_named == parent!.Any)
        {
            _name = json.ValueSpan.Length <= NameLengthMax && TextOf(ref json) is { } name ? name : "";
        }

        if (_named.Wanted is { } wanted)
        {
            _reader.Named(wanted);
        }
    }

    private Node? Next() => !_open.TryPeek(out var parent) ? _root : parent.IsArray ? parent.Node?.Each : _named;

    private void Hand(string wanted, ref Utf8JsonReader json, bool isCut)
    {
        if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            return;
        }

        if (!isCut && TextOf(ref json) is { } text)
        {
            _reader.Value(wanted, _name, text);
        }
        else
        {
            _reader.Unreadable(wanted);
        }
    }

    private static string? TextOf(ref Utf8JsonReader json)
    {
        try
        {
            return json.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(json.ValueSpan) : json.GetString();
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, or half of a surrogate pair.
            return null;
        }
    }

    private sealed class Node(string step)
    {
        private readonly byte[] _name = Encoding.UTF8.GetBytes(step);
        private readonly List<Node> _children = [];

        /// <summary>The path, when it is one that is wanted.</summary>
        public string? Wanted { get; set; }

        public Node? Each { get; private set; }

        public Node? Any { get; private set; }

        public Node Grow(string step)
        {
            switch (step)
            {
                case Element:
                    return Each ??= new Node(step);
                case AnyMember:
                    return Any ??= new Node(step);
                default:
                    if (_children.Find(child => child.Is(step)) is { } known)
                    {
                        return known;
                    }

                    _children.Add(new Node(step));
                    return _children[^1];
            }
        }

        public Node? Child(ref Utf8JsonReader json)
        {
            foreach (var child in _children)
            {
                if (json.ValueTextEquals(child._name))
                {
                    return child;
                }
            }

            return Any;
        }

        private bool Is(string name) => step == name;
    }
}
