using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

/// <summary>How bad it is.</summary>
public enum Severity
{
    /// <summary>Look at it today.</summary>
    High,

    /// <summary>Drop everything.</summary>
    Critical,
}

/// <summary>How bad a leak is, and until when it is to be resolved.</summary>
public static class Severities
{
    /// <summary>A use so lately says that revoking is urgent, and may break something.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromHours(24);

    /// <summary>
    /// What acts for somebody and may change something is critical. Everything else is high, and critical once the place is
    /// public or the credential was used in the last 24 hours.
    /// </summary>
    /// <param name="scopes">What it may do; empty for everything, null for what acts for nobody.</param>
    /// <param name="isPublic">Whether anybody can read the place.</param>
    /// <param name="usedAt">When it was last used.</param>
    /// <param name="now">The present.</param>
    public static Severity Of(
        IReadOnlyCollection<string>? scopes, bool isPublic, DateTimeOffset? usedAt, DateTimeOffset now) =>
        isPublic
        || (scopes is not null && (scopes.Count == 0 || scopes.Any(PermissionCatalogue.Writing.Contains)))
        || usedAt > now - Lately
            ? Severity.Critical
            : Severity.High;

    /// <inheritdoc cref="Of(IReadOnlyCollection{string}?, bool, DateTimeOffset?, DateTimeOffset)"/>
    public static Severity Of(Credential credential, bool isPublic, DateTimeOffset now) =>
        Of((credential as OwnedCredential)?.Scopes, isPublic, credential.LastUsedAt, now);

    /// <summary>Until when an alert is to be resolved.</summary>
    public static DateTimeOffset DueAt(this LeakRules rules, Severity severity, DateTimeOffset now) =>
        now.AddHours(severity == Severity.Critical ? rules.CriticalDueHours : rules.HighDueHours);
}
