using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Data;

/// <summary>
/// How many credentials of a kind an organization has active. The database keeps it by triggers, because counting a
/// hundred thousand rows for each page of a list costs more than the page.
/// </summary>
public sealed class CredentialCount
{
    // For EF Core.
    private CredentialCount(string kind) => Kind = kind;

    /// <summary>The organization.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The kind, as the table of credentials names it: <c>api_key</c>.</summary>
    public string Kind { get; private set; }

    /// <summary>How many are active.</summary>
    public long Active { get; private set; }
}
