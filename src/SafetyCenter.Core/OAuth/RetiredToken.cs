using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// What is left of a token of an app once its row is gone: its hash, so that a late report of it is still answered as ours.
/// </summary>
public sealed class RetiredToken
{
    /// <summary>SHA-256 of the token, 32 bytes.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>The grant it came from.</summary>
    public Id<Credential> GrantId { get; private set; }

    /// <summary>The organization it opened.</summary>
    public Id<Organization> OrganizationId { get; private set; }
}
