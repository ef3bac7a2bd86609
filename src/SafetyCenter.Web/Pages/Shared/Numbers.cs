using System.Globalization;

namespace SafetyCenter.Web.Pages.Shared;

/// <summary>How numbers are said to people, the same on every machine.</summary>
internal static class Numbers
{
    /// <summary>"1,204".</summary>
    public static string Words(this long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 call", "1,204 calls".</summary>
    public static string Of(this long number, string noun) => $"{number.Words()} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>The same where the plural is not made with an s.</summary>
    public static string Of(this int number, string one, string many) => $"{((long)number).Words()} {(number == 1 ? one : many)}";

    /// <inheritdoc cref="Of(long, string)"/>
    public static string Of(this int number, string noun) => ((long)number).Of(noun);
}
