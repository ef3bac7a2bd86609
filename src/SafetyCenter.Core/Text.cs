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

    // RFC 5321, 4.5.3.1.1.
    private const int LocalPartLengthMax = 64;

    private static readonly IdnMapping Domains = new() { UseStd3AsciiRules = true };

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

    /// <summary>
    /// An e-mail address in the form in which we compare it and send to it: trimmed, lower-case, its domain in ASCII, so
    /// that <c>ann@bücher.example</c> and <c>ann@xn--bcher-kva.example</c> are one person. Quoted local parts and letters
    /// outside ASCII before the @ are refused: few servers take them (RFC 6531).
    /// </summary>
    /// <exception cref="RefusedException">It is no address that mail can be sent to.</exception>
    public static string Email(string? value, string field = "email")
    {
        var text = (value ?? "").Trim();
        var at = text.LastIndexOf('@');
        var address = text;
        if (text.Length <= EmailLengthMax)
        {
            address = IsLocalPart(text[..Math.Max(at, 0)]) && Domain(text[(at + 1)..]) is { } domain
                ? $"{text[..at].ToLowerInvariant()}@{domain}"
                : throw RefusedException.Invalid("This is not an e-mail address that mail can be sent to.", field);
        }

        return address.Length <= EmailLengthMax
            ? address
            : throw RefusedException.Invalid($"An e-mail address can have at most {EmailLengthMax} characters.", field);
    }

    /// <summary>
    /// A domain in the form in which we compare it: lower-case ASCII (RFC 5891), however it was written. Null when it is
    /// none.
    /// </summary>
    public static string? Domain(string text)
    {
        try
        {
            // There and back, for punycode can be written in forms that no mapping gives.
            var unicode = Domains.GetUnicode(Domains.GetAscii(text.ToLowerInvariant()));
            var ascii = Domains.GetAscii(unicode).ToLowerInvariant();
            return ascii.Split('.').All(IsLabel) ? ascii : null;
        }
        catch (ArgumentException)
        {
            // The mapping has no other way to say that a name is not valid.
            return null;
        }
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63
        && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    // A dot-atom of RFC 5322, 3.2.3.
    private static bool IsLocalPart(string text) =>
        text.Length <= LocalPartLengthMax
        && text.Split('.').All(atom =>
            atom.Length > 0 && atom.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c)));

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
