using Microsoft.Extensions.Primitives;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
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
    private readonly Verdict _lasting;
    private readonly DateTimeOffset _endsAt;
    private readonly DateTimeOffset _testEndsAt;

    internal Known(
        Id<Credential> id,
        Id<Organization> organizationId,
        string kindName,
        Id<User>? ownerId,
        IReadOnlyList<string> scopes,
        bool isRevoked,
        bool isOrganizationDisabled,
        bool isOwnerActive,
        DateTimeOffset? endsAt,
        Id<TestRevocation>? testId,
        DateTimeOffset? testEndsAt,
        Id<OAuthApp>? appId = null)
    {
        Id = id;
        OrganizationId = organizationId;
        OwnerId = ownerId;
        Scopes = scopes;
        EndsAt = endsAt;
        TestId = testId;
        AppId = appId;
        _lasting = isRevoked ? Verdict.Revoked
            : isOrganizationDisabled ? Verdict.OrganizationDisabled
            : isOwnerActive ? Verdict.Active
            : Verdict.OwnerInactive;
        _endsAt = endsAt ?? DateTimeOffset.MaxValue;
        _testEndsAt = testEndsAt ?? DateTimeOffset.MinValue;
        KindName = kindName;
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

    /// <summary>When it ends, as far as that is known.</summary>
    public DateTimeOffset? EndsAt { get; }

    /// <summary>The latest test that turned it off, under way or over.</summary>
    public Id<TestRevocation>? TestId { get; }

    /// <summary>The OAuth app whose grant or secret it is; null for other kinds.</summary>
    public Id<OAuthApp>? AppId { get; }

    /// <summary>
    /// Its kind, as the table of credentials names it; and <c>oauth_access_token</c> for a token of an OAuth app, whose
    /// <see cref="Id"/> is that of its grant.
    /// </summary>
    public string KindName { get; }

    /// <summary>What it is worth at a moment: its end, and that of a test, come without anybody's doing.</summary>
    public Verdict VerdictAt(DateTimeOffset now) => _lasting != Verdict.Active ? _lasting
        : now >= _endsAt ? Verdict.Expired
        : now < _testEndsAt ? Verdict.OffForTest
        : Verdict.Active;

    internal StringValues IdHeader { get; }

    internal StringValues OrganizationHeader { get; }

    internal StringValues KindHeader { get; }

    internal StringValues ScopesHeader { get; }
}
