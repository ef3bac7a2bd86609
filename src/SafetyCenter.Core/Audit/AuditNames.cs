namespace SafetyCenter.Core.Audit;

/// <summary>Datadog's words for what stands in the trail: <c>evt.name</c> and <c>asset.type</c>.</summary>
public static class AuditNames
{
    /// <summary>Something was done to a credential, or somebody signed in.</summary>
    public const string Authentication = "Authentication";

    /// <summary>Something was done to a user, service account, role or invite.</summary>
    public const string AccessManagement = "Access Management";

    /// <summary>Something was done to the organization's settings.</summary>
    public const string OrganizationManagement = "Organization Management";

    /// <summary>A credential was seen in public.</summary>
    public const string SecurityNotification = "Security Notification";

    /// <summary>The names of events.</summary>
    public static readonly IReadOnlyList<string> Events =
        [Authentication, AccessManagement, OrganizationManagement, SecurityNotification];

    /// <summary>The types of credentials; a client token is a public API key here.</summary>
    public static readonly IReadOnlyList<string> Credentials =
        [
            "api_key", "application_key", "public_api_key", "personal_access_token", "service_access_token", "oauth_grant",
            "oauth_client_secret",
        ];

    /// <summary>The types of whoever can be given access.</summary>
    public static readonly IReadOnlyList<string> Access = ["user", "role", "user_invite", "oauth_app"];

    /// <summary>The types of what concerns an organization as a whole, and its leaks.</summary>
    public static readonly IReadOnlyList<string> Management = ["organization", "alert", "leak_reporter", "watched_repository"];

    /// <summary>All types of assets.</summary>
    public static readonly IReadOnlyList<string> Assets = [.. Credentials, .. Access, .. Management];

    /// <summary>The name of an event.</summary>
    public static string EventOf(AuditAction action, string assetType) =>
        action == AuditAction.Notification ? SecurityNotification
        : action == AuditAction.Login || Credentials.Contains(assetType) ? Authentication
        : Access.Contains(assetType) ? AccessManagement
        : OrganizationManagement;
}
