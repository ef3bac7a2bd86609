namespace SafetyCenter.Scanning.Git;

/// <summary>What git complains about when it cannot fetch, and what that means to whoever gave the address.</summary>
internal static class GitComplaint
{
    private static readonly string[] OfServer =
    [
        "unable to access", "could not read Username", "could not read Password", "Authentication failed", "not found",
        "not valid: is this a git repository", "remote error", "unable to update url base",
    ];

    // Name or token are missing, or are not taken.
    private static readonly string[] Refusals =
        ["could not read Username", "could not read Password", "Authentication failed", "error: 403"];

    private static readonly string[] Absences = ["not found", "is this a git repository"];

    private static readonly string[] Redirects =
        ["error: 301", "error: 302", "error: 303", "error: 307", "error: 308", "unable to update url base"];

    /// <summary>Whether the server, or the way to it, is the reason; otherwise it may be our copy.</summary>
    public static bool IsOfServer(string complaint) => Has(complaint, OfServer);

    /// <summary>A sentence for people.</summary>
    public static string Sentence(string complaint) =>
        Has(complaint, Refusals) ? "The server wants a user name and a token, or does not take these."
        : Has(complaint, Absences) ? "There is no repository at this address, or it is private."
        : Has(complaint, Redirects) ? "The server sends whoever asks to another address. Watch that one instead."
        : complaint.Length == 0 ? "Git could not fetch it, and did not say why."
        : $"Git could not fetch it: {complaint.TrimEnd('.')}.";

    private static bool Has(string complaint, string[] words) =>
        Array.Exists(words, word => complaint.Contains(word, StringComparison.Ordinal));
}
