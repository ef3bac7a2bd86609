using System.Globalization;
using System.Text;

namespace SafetyCenter.Core;

/// <summary>What text from people must look like before it is kept.</summary>
public static class Text
{
    /// <summary>The longest name of a key, app or organization, in UTF-16 code units.</summary>
    public const int NameLengthMax = 255;

    /// <summary>The longest e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets).</summary>
    public const int EmailLengthMax = 254;

    /// <summary>
    /// A name, trimmed and in Unicode NFC. Control characters and invisible direction marks are refused, because two
    /// names that look alike must be alike.
    /// </summary>
    /// <param name="value">What was sent.</param>
    /// <param name="what">What is named, for the message: "API key name".</param>
    /// <param name="lengthMax">How many UTF-16 code units it may have.</param>
    /// <param name="field">The field to point at.</param>
    /// <exception cref="RefusedException">Blank, too long, or with characters that nobody can see.</exception>
    public static string Name(string? value, string what, int lengthMax = NameLengthMax, string? field = "name")
    {
        var text = value ?? "";
        if (!IsWellFormed(text))
        {
            throw RefusedException.Invalid($"{what} contains a broken character.", field);
        }

        text = text.Trim().Normalize(NormalizationForm.FormC);
        if (text.Length == 0)
        {
            throw RefusedException.Invalid($"{what} cannot be blank.", field);
        }

        if (text.Length > lengthMax)
        {
            throw RefusedException.Invalid($"{what} can have at most {lengthMax} characters.", field);
        }

        return text.EnumerateRunes().Any(IsInvisible)
            ? throw RefusedException.Invalid(
                $"{what} cannot contain control characters or invisible formatting marks.", field)
            : text;
    }

    /// <summary>An e-mail address in the form in which we compare it: trimmed, lower-case.</summary>
    /// <exception cref="RefusedException">It is no address that mail can be sent to.</exception>
    public static string Email(string? value, string field = "email")
    {
        var text = (value ?? "").Trim();
        var at = text.LastIndexOf('@');
        var isAddress = IsWellFormed(text)
            && at > 0
            && at < text.Length - 1
            && text.Length <= EmailLengthMax
            && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';' or '"' or '\\')
            && text.IndexOf('@') == at
            && !text.EnumerateRunes().Any(IsInvisible)
            && text[..at].All(char.IsAscii)
            && !text[(at + 1)..].Split('.').Any(label => label.Length is 0 or > 63);
        return isAddress
            ? text.ToLowerInvariant()
            : throw RefusedException.Invalid("This is not an e-mail address that mail can be sent to.", field);
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    // Cf holds the bidirectional marks and zero-width characters. ZWJ (U+200D) stays allowed: emoji need it.
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value != 0x200D,
        _ => false,
    };
}
