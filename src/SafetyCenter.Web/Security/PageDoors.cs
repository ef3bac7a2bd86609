using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Security;

/// <summary>Which page needs which permission, in one table. A page of an organization that is not here is closed.</summary>
public static class PageDoors
{
    /// <summary>Page or folder of pages, and the permissions of which any one is enough.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Permissions = new Dictionary<string, string[]>
    {
        ["/Safety"] = [Permission.OrgManagement],
        ["/OrganizationSettings/AccessTokens"] = [Permission.UserAppKeys, Permission.OrgAppKeysRead],
        ["/OrganizationSettings/ApiKeys"] = [Permission.ApiKeysRead],
        ["/OrganizationSettings/ApplicationKeys"] = [Permission.UserAppKeys, Permission.OrgAppKeysRead],
        ["/OrganizationSettings/Audit"] = [Permission.AuditLogsRead],
        ["/OrganizationSettings/ClientTokens"] = [Permission.ClientTokensRead],
        ["/OrganizationSettings/Credential"] = [.. Permission.AnyCredentialRead],
        ["/OrganizationSettings/CredentialRevoke"] = [.. Permission.AnyCredentialRead],
        ["/OrganizationSettings/CredentialRotate"] = [.. Permission.AnyCredentialRead],
        ["/OrganizationSettings/Invite"] = [Permission.UserAccessInvite],
        ["/OrganizationSettings/Invites"] = [Permission.UserAccessInvite],
        ["/OrganizationSettings/OAuthAppEdit"] = [Permission.OrgAuthorizedAppsWrite],
        ["/OrganizationSettings/OAuthAppNew"] = [Permission.OrgAuthorizedAppsWrite],
        ["/OrganizationSettings/OAuthApp"] = [Permission.OrgAuthorizedAppsRead],
        ["/OrganizationSettings/OAuthAppDelete"] = [Permission.OrgAuthorizedAppsWrite],
        ["/OrganizationSettings/OAuthAppDisable"] = [Permission.OrgAuthorizedAppsWrite],
        ["/OrganizationSettings/OAuthApps"] = [Permission.OrgAuthorizedAppsRead],
        ["/OrganizationSettings/Role"] = [Permission.UserAccessRead, Permission.UserAccessManage],
        ["/OrganizationSettings/RoleNew"] = [Permission.UserAccessManage],
        ["/OrganizationSettings/Roles"] = [Permission.UserAccessRead, Permission.UserAccessManage],
        ["/OrganizationSettings/ServiceAccount"] = [Permission.ServiceAccountWrite],
        ["/OrganizationSettings/ServiceAccounts"] = [Permission.ServiceAccountWrite],
        ["/OrganizationSettings/User"] =
            [Permission.UserAccessRead, Permission.UserAccessManage, Permission.ServiceAccountWrite],
        ["/OrganizationSettings/UserDisable"] = [Permission.UserAccessManage, Permission.ServiceAccountWrite],
        ["/OrganizationSettings/Users"] = [Permission.UserAccessRead],
    };

    /// <summary>Pages that anybody may open, signed in or not.</summary>
    public static readonly IReadOnlyList<string> Open =
    [
        "/SignIn", "/SignInPasskey", "/SignInSecondFactor", "/ForgotPassword", "/ResetPassword", "/Error", "/Invitation",
        "/VerifyContact", "/Theme", "/ReportAKey",

        // It sends people to sign in by itself, for an app may ask that they are not.
        "/OAuth/Authorize",
    ];

    /// <summary>Whether the table lets somebody into a page; false for a page that is not in it.</summary>
    public static bool Admits(Actor actor, string page) =>
        Permissions.TryGetValue(page, out var anyOf) && actor.MayAny(anyOf);

    /// <summary>Hangs the table on the pages.</summary>
    public static void AddDoors(this PageConventionCollection conventions)
    {
        conventions.AddFolderApplicationModelConvention("/", page =>
        {
            var path = page.ViewEnginePath;
            var anyOf = Permissions.GetValueOrDefault(path)
                ?? Permissions.GetValueOrDefault(path[..path.LastIndexOf('/')]);
            if (anyOf is not null)
            {
                page.EndpointMetadata.Add(new RequiresPermissionAttribute(anyOf));
            }
        });

        conventions.AddPageRoute("/Safety/Overview", "/o/{slug}/safety-center/overview");
        conventions.AddPageRoute("/Index", "/organizations");
        conventions.AddPageRoute("/OAuth/Authorize", "/oauth2/v1/authorize");
        foreach (var page in Open)
        {
            conventions.AllowAnonymousToPage(page);
        }
    }
}
