namespace SafetyCenter.Core.Alerts;

/// <summary>Says where in a repository a secret was seen, in words that people can follow.</summary>
public static class Place
{
    /// <summary>A link where the host is known to have one for every line; otherwise path, line, commit and repository.</summary>
    /// <param name="repository">The address of the repository; null when it was not said.</param>
    /// <param name="path">The path of the file, or in brackets what it was seen in instead.</param>
    /// <param name="line">The line, from 1; null when it was not said.</param>
    /// <param name="commit">The commit; null when it was not said.</param>
    public static string Of(string? repository, string path, int? line, string? commit)
    {
        if (commit is not null && !path.StartsWith('(') && BlobOf(repository) is { } blob)
        {
            var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
            return $"{blob}/{commit}/{escaped}{(line is null ? "" : $"#L{line}")}";
        }

        var place = path
            + (line is null ? "" : $", line {line}")
            + (commit is null ? "" : $", commit {commit}");
        return repository is null ? place : $"{place} in {repository}";
    }

    private static string? BlobOf(string? repository)
    {
        if (!Uri.TryCreate(repository, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
        {
            return null;
        }

        var root = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        root = root.EndsWith(".git", StringComparison.Ordinal) ? root[..^4] : root;
        return address.Host switch
        {
            "github.com" => $"{root}/blob",
            "gitlab.com" => $"{root}/-/blob",
            _ => null,
        };
    }
}
