using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Shared;

/// <summary>The pages of Organization Settings that somebody may open, in the order of the menu.</summary>
internal static class SettingsLinks
{
    private static readonly (string Page, string Path, string Title)[] All =
    [
        ("/OrganizationSettings/ApiKeys", "api-keys", "API keys"),
        ("/OrganizationSettings/ApplicationKeys", "application-keys", "Application keys"),
        ("/OrganizationSettings/ClientTokens", "client-tokens", "Client tokens"),
        ("/OrganizationSettings/AccessTokens", "access-tokens", "Access tokens"),
        ("/OrganizationSettings/ServiceAccounts", "service-accounts", "Service accounts"),
        ("/OrganizationSettings/OAuthApps", "oauth-apps", "OAuth apps"),
        ("/OrganizationSettings/Users", "users", "Users"),
        ("/OrganizationSettings/Invites", "invites", "Invites"),
        ("/OrganizationSettings/Roles", "roles", "Roles"),
        ("/OrganizationSettings/Audit", "audit", "Audit trail"),
    ];

    /// <summary>Address and title of each.</summary>
    public static IReadOnlyList<(string Address, string Title)> For(Actor actor) =>
    [
        .. All.Where(link => PageDoors.Admits(actor, link.Page))
            .Select(link => ($"/o/{actor.Organization.Slug}/organization-settings/{link.Path}", link.Title)),
    ];
}
