using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Security;

/// <summary>Which page needs which permission, in one table. A page of an organization that is not here is closed.</summary>
public static class PageDoors
{
    /// <summary>Page or folder of pages, and the permission it needs.</summary>
    public static readonly IReadOnlyDictionary<string, string> Permissions = new Dictionary<string, string>
    {
        ["/Safety"] = Permission.OrgManagement,
        ["/OrganizationSettings/ApiKeys"] = Permission.ApiKeysRead,
        ["/OrganizationSettings/Audit"] = Permission.AuditLogsRead,
        ["/OrganizationSettings/User"] = Permission.UserAccessManage,
    };

    /// <summary>Pages that anybody may open, signed in or not.</summary>
    public static readonly IReadOnlyList<string> Open =
        ["/SignIn", "/Error", "/Invitation", "/VerifyContact", "/Theme"];

    /// <summary>Hangs the table on the pages.</summary>
    public static void AddDoors(this PageConventionCollection conventions)
    {
        conventions.AddFolderApplicationModelConvention("/", page =>
        {
            var path = page.ViewEnginePath;
            var permission = Permissions.GetValueOrDefault(path)
                ?? Permissions.GetValueOrDefault(path[..path.LastIndexOf('/')]);
            if (permission is not null)
            {
                page.EndpointMetadata.Add(new RequiresPermissionAttribute(permission));
            }
        });

        conventions.AddPageRoute("/Safety/Overview", "/o/{slug}/safety-center/overview");
        foreach (var page in Open)
        {
            conventions.AllowAnonymousToPage(page);
        }
    }
}
