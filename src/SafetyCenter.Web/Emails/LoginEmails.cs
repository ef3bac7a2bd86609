namespace SafetyCenter.Web.Emails;

/// <summary>What people are told about the way they sign in. It is no organization's business.</summary>
public static class LoginEmails
{
    /// <summary>How long the link to a new password works, and how long after being asked for it may still be sent.</summary>
    public static readonly TimeSpan ResetLifetime = TimeSpan.FromHours(1);

    /// <summary>Somebody asked for a new password.</summary>
    public static Email Reset(Guid loginId, string recipient, DateTimeOffset now) =>
        new(null, EmailKind.PasswordReset, loginId, recipient, $"password-reset:{Guid.CreateVersion7(now)}", now);

    /// <summary>How somebody gets in was changed.</summary>
    /// <param name="loginId">Whose.</param>
    /// <param name="recipient">Their address.</param>
    /// <param name="what">What was changed, as a sentence.</param>
    /// <param name="address">From which address it was done.</param>
    /// <param name="now">The present.</param>
    public static Email Changed(Guid loginId, string recipient, string what, string address, DateTimeOffset now) => new(
        null,
        EmailKind.LoginChanged,
        loginId,
        recipient,
        $"login-changed:{Guid.CreateVersion7(now)}",
        now,
        $"{what}\n{address}");
}
