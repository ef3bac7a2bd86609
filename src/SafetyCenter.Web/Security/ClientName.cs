using System.Globalization;
using System.Net;
using System.Text;

namespace SafetyCenter.Web.Security;

/// <summary>Where a call came from, as it is kept: text that the database takes and a page can show.</summary>
internal static class ClientName
{
    /// <summary>An address as text; IPv4 is IPv4 also on a socket that speaks both. Empty when there is none.</summary>
    public static string Address(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => address.ToString(),
    };

    /// <summary>
    /// What a caller calls itself, without control characters and broken or invisible ones, cut to that many UTF-16 code
    /// units.
    /// </summary>
    public static string Of(string? userAgent, int lengthMax)
    {
        if (userAgent is null || IsPlain(userAgent, lengthMax))
        {
            return userAgent ?? "";
        }

        var name = new StringBuilder(lengthMax);
        foreach (var rune in userAgent.EnumerateRunes())
        {
            if (name.Length + rune.Utf16SequenceLength > lengthMax)
            {
                break;
            }

            if (IsVisible(rune))
            {
                name.Append(rune.ToString());
            }
        }

        return name.ToString().Trim();
    }

    // What nearly every client sends; it is kept as it is.
    private static bool IsPlain(string text, int lengthMax) =>
        text.Length <= lengthMax && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    // A broken surrogate reads as U+FFFD.
    private static bool IsVisible(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
