using System.Net;
using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// The words of an email, written once and rendered twice: as plain text and as HTML that says the same. Everything
/// that is added is encoded here.
/// </summary>
public sealed class EmailText
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _html = new();

    /// <summary>The ids of the alerts it tells of, when that is not said by what the email is about.</summary>
    public IReadOnlyList<Guid> Subjects { get; private set; } = [];

    /// <summary>The plain text.</summary>
    public string Text => _text.ToString();

    /// <summary>The HTML document.</summary>
    public string Html => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark"></head>
        <body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:40rem;margin:1.5rem auto;padding:0 1rem;
        overflow-wrap:anywhere">
        {_html}
        </body></html>
        """;

    /// <summary>Says which alerts it tells of.</summary>
    public EmailText About(IEnumerable<Guid> alerts)
    {
        Subjects = [.. alerts];
        return this;
    }

    /// <summary>A heading.</summary>
    public EmailText Heading(string words)
    {
        _text.Append(words).Append('\n').Append('=', Math.Min(words.Length, 60)).Append("\n\n");
        _html.Append("<h1 style=\"font-size:1.25rem\">").Append(Encoded(words)).Append("</h1>\n");
        return this;
    }

    /// <summary>A paragraph.</summary>
    public EmailText Say(string words)
    {
        _text.Append(words).Append("\n\n");
        _html.Append("<p>").Append(Encoded(words)).Append("</p>\n");
        return this;
    }

    /// <summary>Facts with their names.</summary>
    public EmailText Facts(params IEnumerable<(string Name, string Value)> facts)
    {
        _html.Append("<ul>");
        foreach (var (name, value) in facts)
        {
            _text.Append("  ").Append(name).Append(": ").Append(OneLine(value)).Append('\n');
            _html.Append("<li><strong>").Append(Encoded(name)).Append(":</strong> ")
                .Append(Encoded(OneLine(value))).Append("</li>");
        }

        _text.Append('\n');
        _html.Append("</ul>\n");
        return this;
    }

    /// <summary>Numbered steps.</summary>
    public EmailText Steps(params IEnumerable<string> steps)
    {
        var number = 0;
        _html.Append("<ol>");
        foreach (var step in steps)
        {
            _text.Append("  ").Append(++number).Append(". ").Append(step).Append('\n');
            _html.Append("<li>").Append(Encoded(step)).Append("</li>");
        }

        _text.Append('\n');
        _html.Append("</ol>\n");
        return this;
    }

    /// <summary>A link of ours.</summary>
    public EmailText Link(string words, string address)
    {
        _text.Append(words).Append(":\n").Append(address).Append("\n\n");
        _html.Append("<p><a href=\"").Append(Encoded(address)).Append("\">").Append(Encoded(words)).Append("</a></p>\n");
        return this;
    }

    // A value from outside must not look like a line of ours, nor turn the words after it around.
    private static string OneLine(string value) => string.Concat(value.Select(c => char.IsControl(c)
        || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') ? ' ' : c));

    private static string Encoded(string value) => WebUtility.HtmlEncode(value);
}
