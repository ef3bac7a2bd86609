using System.Globalization;
using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// One header field as it stands in a message, folded (RFC 5322, section 2.2.3), with text outside ASCII as
/// encoded-words (RFC 2047). What could end a field early, and so smuggle in another, is refused here.
/// </summary>
internal static class HeaderField
{
    // RFC 2047, section 2: a line that holds encoded-words has at most 76 characters, an encoded-word at most 75.
    private const int PreferredLineLength = 76;
    private const int MaximumEncodedWordLength = 75;

    // RFC 5322, section 2.1.1, without the CRLF.
    private const int MaximumLineLength = 998;

    /// <summary>A field for people, in any script.</summary>
    public static string Text(string name, string value)
    {
        RefuseControlCharacters(name, value);
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new FormatException($"The header {name} may not be empty.");
        }

        return Fold(name, IsPlain(value) ? value.Split(' ') : EncodedWords(value, FirstWordLength(name)));
    }

    /// <summary>A field that holds one address.</summary>
    public static string Address(string name, Mailbox mailbox)
    {
        if (mailbox.DisplayName.Length == 0)
        {
            return Fold(name, [mailbox.Address]);
        }

        var isShort = mailbox.DisplayName.Length <= MaximumEncodedWordLength / 2;
        IEnumerable<string> displayName = isShort && IsPlain(mailbox.DisplayName)
            ? [Quoted(mailbox.DisplayName)]
            : EncodedWords(mailbox.DisplayName, FirstWordLength(name));
        return Fold(name, [.. displayName, $"<{mailbox.Address}>"]);
    }

    /// <summary>A field for machines: printable ASCII, taken as it is and folded at its spaces.</summary>
    public static string Ascii(string name, string value)
    {
        RefuseControlCharacters(name, value);
        if (!System.Text.Ascii.IsValid(value))
        {
            throw new FormatException($"The header {name} may hold ASCII only.");
        }

        return Fold(name, value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>A quoted-string (RFC 5322, section 3.2.4).</summary>
    public static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>Whether it is a dot-atom-text (RFC 5322, section 3.2.3): harmless ASCII with dots between.</summary>
    public static bool IsDotAtom(string text) => text.Split('.').All(atom => atom.Length > 0 && atom.All(IsAtomText));

    /// <summary>Refuses line breaks and whatever else cannot be seen: U+0000-001F, 007F-009F, 2028, 2029.</summary>
    /// <exception cref="FormatException">There is one; the message names the place, not the value.</exception>
    public static void RefuseControlCharacters(string what, string value)
    {
        foreach (var character in value)
        {
            if (char.GetUnicodeCategory(character) is UnicodeCategory.Control
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                throw new FormatException($"{what} may not hold the control character U+{(int)character:X4}.");
            }
        }
    }

    private static bool IsAtomText(char character) =>
        char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-/=?^_`{|}~".Contains(character);

    // "=?" would be read as an encoded-word, and folding would not keep spaces at the ends or in rows.
    private static bool IsPlain(string value) =>
        System.Text.Ascii.IsValid(value)
        && !value.Contains("=?", StringComparison.Ordinal)
        && value.Split(' ').All(word => word.Length is > 0 and <= MaximumEncodedWordLength);

    private static int FirstWordLength(string name) => PreferredLineLength - name.Length - ": ".Length;

    private static IEnumerable<string> EncodedWords(string text, int firstLength)
    {
        const string Start = "=?utf-8?B?", End = "?=";
        var length = firstLength;
        var pending = new List<byte>();
        var character = new byte[4];

        // Rune by rune: each encoded-word must be whole characters (RFC 2047, section 5), for each is decoded alone.
        foreach (var rune in text.EnumerateRunes())
        {
            var bytes = rune.EncodeToUtf8(character);
            var base64Length = (pending.Count + bytes + 2) / 3 * 4;
            if (Start.Length + base64Length + End.Length > length)
            {
                yield return Start + Convert.ToBase64String([.. pending]) + End;
                pending.Clear();
                length = MaximumEncodedWordLength;
            }

            pending.AddRange(character.AsSpan(0, bytes));
        }

        yield return Start + Convert.ToBase64String([.. pending]) + End;
    }

    private static string Fold(string name, IEnumerable<string> words)
    {
        var field = new StringBuilder(name).Append(':');
        var column = field.Length;
        var isFirst = true;
        foreach (var word in words)
        {
            // Never directly after the name: some readers take a first line without a value for an empty field.
            if (!isFirst && column + 1 + word.Length > PreferredLineLength)
            {
                field.Append("\r\n");
                column = 0;
            }

            field.Append(' ').Append(word);
            column += 1 + word.Length;
            isFirst = false;
            if (column > MaximumLineLength)
            {
                throw new FormatException($"The header {name} has a part that is too long for a line of an email.");
            }
        }

        return isFirst
            ? throw new FormatException($"The header {name} may not be empty.")
            : field.Append("\r\n").ToString();
    }
}
