using System.Text;

namespace SafetyCenter.Core.Audit;

/// <summary>A value that is looked for. A star in it stands for anything, unless it was quoted.</summary>
/// <param name="Text">As it was written, without quotes.</param>
/// <param name="HasStars">Whether stars in it stand for anything.</param>
public readonly record struct AuditValue(string Text, bool HasStars)
{
    /// <summary>A star alone: anything that is there.</summary>
    public bool IsAnything => HasStars && Text == "*";
}

/// <summary>One condition: the field, or any of them, holds one of these values; or just not.</summary>
/// <param name="Field">The field, without its at sign; null for a word that may stand anywhere.</param>
/// <param name="Values">Any one of them is enough.</param>
/// <param name="IsNegated">Whether a minus stood before it.</param>
public sealed record AuditTerm(string? Field, IReadOnlyList<AuditValue> Values, bool IsNegated);

/// <summary>
/// What is looked for in the audit trail, in the part of Datadog's search language that makes sense here. All terms must
/// hold.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item><c>word</c> or <c>"a phrase"</c>: stands anywhere. Upper and lower case are alike.</item>
/// <item><c>@field:value</c> or <c>field:value</c>, with the value quoted if it has spaces.</item>
/// <item><c>@field:(one OR other)</c>: one of them.</item>
/// <item><c>*</c> in a value: anything; alone: all events, or any value.</item>
/// <item><c>-</c> or <c>NOT</c> before a term: just not that. <c>AND</c> between terms may be written.</item>
/// </list>
/// A field that is not there is refused, because nobody is helped by a search that can find nothing.
/// </remarks>
public sealed class AuditQuery
{
    /// <summary>The longest query, in characters.</summary>
    public const int LengthMax = 1000;

    /// <summary>How many values a query can name.</summary>
    public const int ValuesMax = 50;

    /// <summary>What can be asked for by name.</summary>
    public static readonly IReadOnlyList<string> Fields =
    [
        "action", "asset.id", "asset.name", "asset.type", "auth_method", "event", "evt.actor.type", "evt.name", "http.method",
        "http.url_details.path", "http.useragent", "message", "metadata.credential.id", "metadata.credential.name",
        "network.client.ip", "service", "usr.email", "usr.id", "usr.name", "usr.uuid",
    ];

    private AuditQuery(IReadOnlyList<AuditTerm> terms) => Terms = terms;

    /// <summary>What must hold; nothing at all for every event.</summary>
    public IReadOnlyList<AuditTerm> Terms { get; }

    /// <summary>Reads a query.</summary>
    /// <exception cref="RefusedException">It cannot be understood; the message says why.</exception>
    public static AuditQuery Parse(string? text)
    {
        text ??= "";
        return text.Length <= LengthMax
            ? new AuditQuery(new Reader(text).Terms())
            : throw RefusedException.Invalid($"A query can have at most {LengthMax} characters.", "query");
    }

    private sealed class Reader(string text)
    {
        private int _at;
        private int _values;

        public List<AuditTerm> Terms()
        {
            var terms = new List<AuditTerm>();
            while (SkipSpaces())
            {
                if (!Takes("AND "))
                {
                    terms.Add(Term());
                }
            }

            // A star alone asks for everything, which no condition says better.
            terms.RemoveAll(term => term is { Field: null, IsNegated: false, Values: [{ IsAnything: true }] });
            return terms;
        }

        private AuditTerm Term()
        {
            var isNegated = Takes("-") || (Takes("NOT ") && SkipSpaces());
            if (_at == text.Length || char.IsWhiteSpace(text[_at]))
            {
                throw Refuse("A minus must stand before a word or a field.");
            }

            if (text[_at] == '"')
            {
                return new AuditTerm(null, [Quoted()], isNegated);
            }

            var word = Word(":()\"");
            if (word is "OR" or "" or "AND" or "NOT")
            {
                throw Refuse("OR and parentheses can only stand in the value of a field: @asset.type:(api_key OR user).");
            }

            return Takes(":") ? new AuditTerm(FieldNamed(word), Values(), isNegated)
                : new AuditTerm(null, [Counted(new AuditValue(word, word.Contains('*')))], isNegated);
        }

        private List<AuditValue> Values()
        {
            if (!Takes("("))
            {
                return [Value("()\"")];
            }

            var values = new List<AuditValue>();
            while (true)
            {
                SkipSpaces();
                values.Add(Value("()\""));
                SkipSpaces();
                if (Takes(")"))
                {
                    return values;
                }

                if (!Takes("OR "))
                {
                    throw Refuse("Between the values in parentheses stands OR, and after them a closing parenthesis.");
                }
            }
        }

        private AuditValue Value(string end)
        {
            if (_at < text.Length && text[_at] == '"')
            {
                return Quoted();
            }

            var word = Word(end);
            return word.Length > 0
                ? Counted(new AuditValue(word, word.Contains('*')))
                : throw Refuse("A value is missing after a colon or in parentheses.");
        }

        private AuditValue Quoted()
        {
            var phrase = new StringBuilder();
            for (_at++; _at < text.Length; _at++)
            {
                if (text[_at] == '"')
                {
                    _at++;
                    return Counted(new AuditValue(phrase.ToString(), HasStars: false));
                }

                if (text[_at] == '\\' && _at + 1 < text.Length)
                {
                    _at++;
                }

                phrase.Append(text[_at]);
            }

            throw Refuse("A quotation mark is not closed.");
        }

        private string Word(string end)
        {
            var start = _at;
            while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && !end.Contains(text[_at]))
            {
                _at++;
            }

            return text[start.._at];
        }

        private static string FieldNamed(string word)
        {
            var name = word.TrimStart('@');
            return Fields.Contains(name)
                ? name
                : throw Refuse(
                    $"There is no field “{(name.Length <= 40 ? name : name[..40] + "…")}” in the audit trail. "
                    + $"There are: {string.Join(", ", Fields)}. A colon that belongs to a word needs quotes around it.");
        }

        private AuditValue Counted(AuditValue value) => ++_values <= ValuesMax
            ? value
            : throw Refuse($"A query can name at most {ValuesMax} values.");

        private bool SkipSpaces()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            return _at < text.Length;
        }

        private bool Takes(string token)
        {
            var isNext = string.CompareOrdinal(text, _at, token, 0, token.Length) == 0;
            _at += isNext ? token.Length : 0;
            return isNext;
        }

        private static RefusedException Refuse(string sentence) => RefusedException.Invalid(sentence, "query");
    }
}
