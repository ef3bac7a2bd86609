using Microsoft.AspNetCore.Identity;

namespace SafetyCenter.Web.Identity;

/// <summary>How a person gets in: address, password, lockout. One login may be a user in several organizations.</summary>
public sealed class Login : IdentityUser<Guid>
{
    /// <summary>Whether they operate this installation: they see how all organizations fare, and nothing in them.</summary>
    public bool IsOperator { get; set; }

    /// <summary>
    /// The time step (RFC 6238, 4.2) of the last one-time code that was accepted; a code is good once (RFC 6238, 5.2).
    /// </summary>
    public long? LastCodeStep { get; set; }

    /// <summary>When the password was last changed; null when it is the first one.</summary>
    public DateTimeOffset? PasswordChangedAt { get; set; }
}
