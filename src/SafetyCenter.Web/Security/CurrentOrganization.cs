using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Whose rows this request may see. Empty until the door has found out who asks, and then every query is bound to it;
/// jobs, which serve all organizations, lift the filter by name.
/// </summary>
public sealed class CurrentOrganization
{
    /// <summary>The name of the filter that binds queries to it.</summary>
    public const string Filter = "Organization";

    /// <summary>The organization; the empty id, which no row has, until it is set.</summary>
    public Id<Organization> Id { get; set; }

    /// <summary>
    /// Whether one of its own people asked for it while it is disabled, which they and nobody else are told.
    /// </summary>
    public bool IsDisabled { get; set; }
}
