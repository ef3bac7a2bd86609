using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>A page about one app: the one that shows it, and those that ask before it is stopped.</summary>
public abstract class OAuthAppPage(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>The app's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<OAuthApp> Id { get; set; }

    /// <summary>The app, and how it is used.</summary>
    public AppReport Report { get; private set; } = null!;

    /// <summary>The app.</summary>
    public OAuthApp App => Report.App;

    /// <summary>Who uses it, through whomever.</summary>
    public UsageReport Usage { get; private set; } = null!;

    /// <summary>Whether who looks may change anything.</summary>
    public bool MayWrite => Actor.May(Permission.OrgAuthorizedAppsWrite);

    /// <summary>Where the settings of the organization are.</summary>
    public string Root => $"/o/{Actor.Organization.Slug}/organization-settings";

    /// <summary>The page about it.</summary>
    public string Address => $"{Root}/oauth-apps/{Id}";

    /// <summary>Refuses who may not change apps.</summary>
    /// <exception cref="RefusedException">They may not.</exception>
    public static void Demand(Actor actor)
    {
        if (!actor.May(Permission.OrgAuthorizedAppsWrite))
        {
            throw RefusedException.Forbidden(
                $"Forbidden: this needs the permission {Permission.OrgAuthorizedAppsWrite}.");
        }
    }

    /// <summary>Finds it, and adds up who uses it: four statements.</summary>
    /// <returns>Whether there is one.</returns>
    protected async Task<bool> FindAsync(CancellationToken cancellationToken)
    {
        if (await AppReport.LoadAsync(Db, Id, cancellationToken) is not { } report)
        {
            return false;
        }

        Report = report;
        Usage = await UsageReport.LoadAsync(
            Db,
            Db.OAuthGrants.Active().Where(grant => grant.AppId == Id),
            report.LastUsedAt,
            report.TrackedSince ?? report.App.CreatedAt,
            Now,
            cancellationToken);
        return true;
    }

    /// <summary>The action is done: to the page about it, which says so once.</summary>
    protected IActionResult Back(string message)
    {
        Message = message;
        return Redirect(Address);
    }
}
