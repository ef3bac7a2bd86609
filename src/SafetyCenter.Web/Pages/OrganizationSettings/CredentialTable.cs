using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>A list of credentials as a table: what each is, who uses it, and the action that ends it.</summary>
/// <param name="Caption">What is listed.</param>
/// <param name="Empty">What to say instead of an empty table.</param>
/// <param name="Rows">The credentials, each with what may be done to it.</param>
/// <param name="Next">Where the next page begins.</param>
/// <param name="Parameter">The parameter of the query string that says so.</param>
public sealed record CredentialTable(
    string Caption, string Empty, IReadOnlyList<CredentialRights> Rows, Cursor? Next = null, string Parameter = "after")
{
    /// <summary>The name of the search, which stays in the link to the next page.</summary>
    public string? Search { get; init; }

    /// <summary>Whether to say whose each one is.</summary>
    public bool ShowsOwner { get; init; }

    /// <summary>Whether its rows have scopes.</summary>
    public bool ShowsScopes => Rows.Any(row => row.Credential is OwnedCredential);

    /// <summary>Whether its rows have values that anybody may read.</summary>
    public bool ShowsValue => Rows.Any(row => row.Credential is ClientToken);

    /// <summary>The query string of the next page.</summary>
    public string NextQuery =>
        $"?{Parameter}={Next}" + (string.IsNullOrEmpty(Search) ? "" : $"&search={Uri.EscapeDataString(Search)}");

    /// <summary>Scopes as a list shows them: the first few.</summary>
    public static string ScopesOf(OwnedCredential credential) => credential.Scopes switch
    {
        [] => "all its owner may",
        { Length: <= 3 } few => string.Join(", ", few),
        var many => $"{string.Join(", ", many.Take(2))} and {many.Length - 2} more",
    };
}
