using Microsoft.Extensions.Primitives;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// What a credential of ours means at the moment, as it is remembered between calls; with the values of the headers
/// that say so, which are made once and not on every call.
/// </summary>
public sealed class Known
{
    internal Known(
        Id<Credential> id,
        Id<Organization> organizationId,
        string kindName,
        Id<User>? ownerId,
        IReadOnlyList<string> scopes,
        bool isActive)
    {
        Id = id;
        OrganizationId = organizationId;
        OwnerId = ownerId;
        Scopes = scopes;
        Verdict = isActive ? Verdict.Active : Verdict.Revoked;
        KindHeader = kindName;
        IdHeader = id.ToString();
        OrganizationHeader = organizationId.ToString();
        ScopesHeader = string.Join(' ', scopes);
    }

    /// <summary>Its id.</summary>
    public Id<Credential> Id { get; }

    /// <summary>The organization it opens.</summary>
    public Id<Organization> OrganizationId { get; }

    /// <summary>Whose it is; null when it belongs to the organization itself.</summary>
    public Id<User>? OwnerId { get; }

    /// <summary>What it may do; empty means everything its owner may.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>Active, or revoked: because it was ended itself, or because its owner is not active.</summary>
    public Verdict Verdict { get; }

    internal StringValues IdHeader { get; }

    internal StringValues OrganizationHeader { get; }

    internal StringValues KindHeader { get; }

    internal StringValues ScopesHeader { get; }
}
