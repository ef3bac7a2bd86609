using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>
/// A credential that acts for a person or a service account, and never changes its owner (seed 004). What it opens is
/// what its scopes <em>and</em> its owner's present permissions both allow.
/// </summary>
public abstract class OwnedCredential : Credential
{
    /// <summary>Registers a secret that was just minted.</summary>
    protected OwnedCredential(
        User owner,
        string name,
        IEnumerable<string> scopes,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now,
        Id<Credential>? id = null)
        : base(owner.OrganizationId, name, secret, by, now, id)
    {
        OwnerId = owner.Id;
        Scopes = [.. scopes];
    }

    /// <summary>Registers one that has no secret of its own.</summary>
    protected OwnedCredential(User owner, string name, IEnumerable<string> scopes, Id<User>? by, DateTimeOffset now)
        : base(owner.OrganizationId, name, by, now)
    {
        OwnerId = owner.Id;
        Scopes = [.. scopes];
    }

    /// <summary>For EF Core.</summary>
    protected OwnedCredential(string name, byte[]? hash, string last4, string[] scopes)
        : base(name, hash, last4) => Scopes = scopes;

    /// <summary>For whom it acts.</summary>
    public Id<User> OwnerId { get; private set; }

    /// <summary>What it may do, each once; empty means everything its owner may.</summary>
    public string[] Scopes { get; private set; }

    /// <summary>Whether its scopes (and nothing else) let it do what needs the permission.</summary>
    public bool IsInScope(string permission) => Scope.Covers(Scopes, permission);

    /// <summary>Changes its scopes.</summary>
    protected void Rescope(IReadOnlyCollection<string> scopes, Id<User>? by, DateTimeOffset now)
    {
        RefuseUnlessActive();
        if (!Scopes.SequenceEqual(scopes, StringComparer.Ordinal))
        {
            Scopes = [.. scopes];
            Modified(by, now);
        }
    }
}
