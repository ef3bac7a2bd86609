using System.Globalization;
using System.Net;
using System.Text;
using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Verification;

/// <summary>Where a call came from, as it is kept: text that the database takes and a page can show.</summary>
internal static class Client
{
    /// <summary>An address as text; IPv4 is IPv4 also on a socket that speaks both. Empty when there is none.</summary>
    public static string AddressText(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => address.ToString(),
    };

    /// <summary>
    /// A User-Agent without control characters and broken or invisible ones, cut to
    /// <see cref="Usage.ClientLengthMax"/> UTF-16 code units.
    /// </summary>
    public static string Name(string? userAgent)
    {
        if (userAgent is null || IsPlain(userAgent))
        {
            return userAgent ?? "";
        }

        var name = new StringBuilder(Usage.ClientLengthMax);
        foreach (var rune in userAgent.EnumerateRunes())
        {
            if (name.Length + rune.Utf16SequenceLength > Usage.ClientLengthMax)
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
    private static bool IsPlain(string text) =>
        text.Length <= Usage.ClientLengthMax && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    // A broken surrogate reads as U+FFFD.
    private static bool IsVisible(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
