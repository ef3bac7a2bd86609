using System.Text.RegularExpressions;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// Where an app may have people sent back to (RFC 8252, 7; RFC 9700, 2.1 and 4.1). Compared character by character, but for
/// the port of a program on the person's own machine, which is chosen when it starts.
/// </summary>
public static partial class RedirectUri
{
    /// <summary>How many an app may have.</summary>
    public const int CountMax = 20;

    /// <summary>The longest one, in characters.</summary>
    public const int LengthMax = 1000;

    /// <summary>Redirect URIs as they are kept: as they were given, each once.</summary>
    /// <exception cref="RefusedException">One cannot be, or there are too many.</exception>
    public static string[] Clean(IEnumerable<string?> uris)
    {
        var clean = uris.Select(Checked).Distinct(StringComparer.Ordinal).ToArray();
        return clean.Length <= CountMax
            ? clean
            : throw Refused($"An app can have at most {CountMax} redirect URIs.");
    }

    /// <summary>The one of the registered that somebody may be sent back to; null when the asked one is none of them.</summary>
    /// <param name="registered">Those of the app.</param>
    /// <param name="asked">The one in the request.</param>
    public static bool IsAmong(IEnumerable<string> registered, string asked) =>
        registered.Any(uri => uri == asked || (WithoutPort(uri) is { } own && own == WithoutPort(asked)));

    /// <summary>The one to use when the request names none: the only one, unless its port is not known.</summary>
    /// <param name="registered">Those of the app.</param>
    public static string? Only(IReadOnlyList<string> registered) =>
        registered is [var only] && WithoutPort(only) is null ? only : null;

    /// <summary>
    /// What a content security policy calls the place that it leads to: an origin, or the scheme of an app; null when it can
    /// be no redirect URI.
    /// </summary>
    public static string? PolicySource(string uri)
    {
        if (ObstacleTo(uri) is not null)
        {
            return null;
        }

        // A policy has no words for an IPv6 address, nor for the parts of another scheme than that of a website.
        var parsed = new Uri(uri);
        return parsed.Scheme is "http" or "https" && parsed.HostNameType != UriHostNameType.IPv6
            ? parsed.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
            : $"{parsed.Scheme}:";
    }

    /// <summary>Where it leads, for people: a host, or what else there is to say.</summary>
    public static string Place(string uri) =>
        WithoutPort(uri) is not null ? "a program on this computer"
        : new Uri(uri) is { Scheme: "https", Authority: var host } ? host
        : $"the app {new Uri(uri).Scheme} on this device";

    /// <summary>The same address without a port, when it is one of the person's own machine; null otherwise.</summary>
    public static string? WithoutPort(string uri) =>
        Loopback().Match(uri) is { Success: true } match && (match.Groups["port"] is not { Success: true, Value: var port }
            || int.Parse(port, System.Globalization.CultureInfo.InvariantCulture) <= ushort.MaxValue)
                ? match.Groups["host"].Value + match.Groups["rest"].Value
                : null;

    private static string Checked(string? uri) =>
        ObstacleTo(uri) is { } sentence ? throw Refused(sentence) : uri!;

    // Why it can be no redirect URI, in a sentence; null when it can.
    private static string? ObstacleTo(string? uri)
    {
        if (string.IsNullOrEmpty(uri))
        {
            return "A redirect URI cannot be blank.";
        }

        var shown = uri.Length <= 100 ? uri : uri[..100] + "…";
        if (uri.Length > LengthMax)
        {
            return $"The redirect URI “{shown}” is longer than {LengthMax} characters.";
        }

        if (!uri.All(character => character is > ' ' and < '\u007f' and not ('"' or '<' or '>' or '\\' or '^' or '`'
                or '{' or '|' or '}' or '*'))
            || !Uri.TryCreate(uri, UriKind.Absolute, out var parsed))
        {
            return $"“{shown}” is no absolute URI (RFC 3986); a redirect URI has no wildcards.";
        }

        if (uri.Contains('#', StringComparison.Ordinal))
        {
            return $"The redirect URI “{shown}” has a fragment, which it may not (RFC 6749, 3.1.2).";
        }

        if (parsed.Scheme is "http" or "https" && (parsed.UserInfo.Length > 0 || parsed.Host.Length == 0))
        {
            return $"The redirect URI “{shown}” must name a host, and no user.";
        }

        return parsed.Scheme switch
        {
            "https" => null,
            "http" when WithoutPort(uri) is not null => null,
            "http" =>
                $"The redirect URI “{shown}” must be https; http is for programs on the person's own machine "
                + "(127.0.0.1, [::1], localhost).",
            // A reverse domain name, so that no two apps on a phone answer to the same (RFC 8252, 7.1).
            var scheme when scheme.Contains('.', StringComparison.Ordinal) => null,
            _ =>
                $"The redirect URI “{shown}” has the scheme of no website; that of an app must be a domain name read "
                + "backwards, such as com.example.app (RFC 8252, 7.1).",
        };
    }

    private static RefusedException Refused(string sentence) => RefusedException.Invalid(sentence, "redirect_uris");

    [GeneratedRegex(
        @"^http://(?<host>127\.0\.0\.1|\[::1\]|localhost)(?::(?<port>[0-9]{1,5}))?(?<rest>(?:[/?][^#]*)?)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Loopback();
}
