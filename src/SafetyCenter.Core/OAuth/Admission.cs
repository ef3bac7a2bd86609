using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.OAuth;

/// <summary>What keeps a program out of an organization.</summary>
public enum AdmissionObstacle
{
    /// <summary>It was deleted there.</summary>
    Deleted,

    /// <summary>An admin has disabled it.</summary>
    Disabled,

    /// <summary>It is on the list of those that nobody may authorize.</summary>
    Disallowed,

    /// <summary>An admin must approve it, and nobody has asked for that.</summary>
    NeedsApproval,

    /// <summary>An admin must approve it, and somebody has asked for that.</summary>
    WaitsForApproval,
}

/// <summary>Whether a program may be let into an organization now.</summary>
public static class Admission
{
    /// <summary>What keeps it out; null when nothing does.</summary>
    /// <param name="organization">The organization.</param>
    /// <param name="client">The program.</param>
    /// <param name="app">The program there, deleted or not; null when it never was there.</param>
    public static AdmissionObstacle? ObstacleTo(Organization organization, OAuthClient client, OAuthApp? app) =>
        app?.DeletedAt is not null ? AdmissionObstacle.Deleted
        : app?.DisabledAt is not null ? AdmissionObstacle.Disabled
        : IsDisallowed(organization.Policies, client) ? AdmissionObstacle.Disallowed
        : app?.ApprovedAt is not null || !organization.Policies.RequiresAppApproval ? null
        : app is null ? AdmissionObstacle.NeedsApproval
        : AdmissionObstacle.WaitsForApproval;

    private static bool IsDisallowed(Policies policies, OAuthClient client) =>
        policies.DisallowedOAuthClients.Any(text => Guid.TryParse(text, out var id) && id == client.Id.Value);
}
