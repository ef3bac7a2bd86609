namespace SafetyCenter.Core.Alerts;

/// <summary>The text for a place in a repository or folder where a secret was found.</summary>
public static class Place
{
    // An abbreviated commit, and a SHA-256 one.
    private const int CommitLengthMin = 7;
    private const int CommitLengthMax = 64;

    /// <summary>
    /// A place in words, or, for a file at a known commit on GitHub or GitLab, the address that shows the line. Two reports of
    /// one place give one text.
    /// </summary>
    /// <param name="repository">The repository's address or name.</param>
    /// <param name="path">The file, from the repository's root.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="commit">The commit.</param>
    /// <returns>The text; empty when nothing is known.</returns>
    public static string Of(string? repository, string? path, int? line, string? commit)
    {
        var (home, file, version) = (WithoutCredentials(Clean(repository)), Clean(path), Clean(commit));
        if (BlobUrl(home, file, line, version) is { } url)
        {
            return Cut(url);
        }

        string[] parts =
            [file, line is > 0 ? $"line {line}" : "", version.Length > 0 ? $"commit {version}" : ""];
        var text = string.Join(", ", parts.Where(part => part.Length > 0));
        return Cut(home.Length == 0 ? text : text.Length == 0 ? home : $"{text} in {home}");
    }

    /// <summary>
    /// An address without the user and password before its host: those who clone with a token write it there.
    /// </summary>
    public static string WithoutCredentials(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return url;
        }

        var host = scheme + 3;
        var end = url.IndexOfAny(['/', '?', '#'], host);
        var at = url.AsSpan(host, (end < 0 ? url.Length : end) - host).LastIndexOf('@');
        return at < 0 ? url : url.Remove(host, at + 1);
    }

    private static string? BlobUrl(string repository, string path, int? line, string commit)
    {
        if (!Uri.TryCreate(repository, UriKind.Absolute, out var uri)
            || uri.Scheme != Uri.UriSchemeHttps
            || uri.Query.Length > 0
            || uri.Fragment.Length > 0
            || commit.Length is < CommitLengthMin or > CommitLengthMax
            || !commit.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        var blob = IsOf(uri, "github") ? "blob" : IsOf(uri, "gitlab") ? "-/blob" : null;
        var name = uri.AbsolutePath.Trim('/');
        name = name.EndsWith(".git", StringComparison.Ordinal) ? name[..^4] : name;
        var segments = (path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path).Split('/');
        return blob is null || !name.Contains('/') || segments.Any(segment => segment is "" or "." or "..")
            ? null
            : $"https://{uri.Authority}/{name}/{blob}/{commit}/{string.Join('/', segments.Select(Uri.EscapeDataString))}"
                + (line is > 0 ? $"#L{line}" : "");
    }

    // The public one, and an organization's own at github.acme.example.
    private static bool IsOf(Uri uri, string name) => uri.Host.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase);

    // PostgreSQL keeps no NUL in a text.
    private static string Clean(string? text) => (text ?? "").Trim().Replace('\0', '\uFFFD');

    private static string Cut(string text) => text.Length <= Occurrence.PlaceLengthMax
        ? text
        : text[..(char.IsHighSurrogate(text[Occurrence.PlaceLengthMax - 1])
            ? Occurrence.PlaceLengthMax - 1
            : Occurrence.PlaceLengthMax)];
}
