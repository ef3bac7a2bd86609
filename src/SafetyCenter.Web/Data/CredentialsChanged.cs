using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Data;

/// <summary>
/// Tells this process which credentials a commit changed, before whoever saved goes on: what was revoked here is
/// refused here from the next call on. Other processes hear it from the database a moment later.
/// </summary>
public sealed class CredentialsChanged
{
    /// <summary>A credential was changed or deleted.</summary>
    public event Action<SecretHash>? Credential;

    /// <summary>A user, an organization or an OAuth app was changed so that its keys may open more or less than before.</summary>
    public event Action<Guid>? Owner;

    internal void Tell(IEnumerable<SecretHash> credentials, IEnumerable<Guid> owners)
    {
        foreach (var hash in credentials)
        {
            Credential?.Invoke(hash);
        }

        foreach (var owner in owners)
        {
            Owner?.Invoke(owner);
        }
    }
}
