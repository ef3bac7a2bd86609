using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// Which programs may act for people here: those that wait for approval first, and registrations of the same program in
/// one line, with one action that deletes the dead ones.
/// </summary>
public sealed class OAuthAppsModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>A part of a name or publisher.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The apps.</summary>
    public AppGroupPage Apps { get; private set; } = null!;

    /// <summary>Whether who looks may change anything.</summary>
    public bool MayWrite => Actor.May(Permission.OrgAuthorizedAppsWrite);

    /// <summary>The address of the next page; null on the last one.</summary>
    public string? Next => Apps.Next is { } next
        ? Request.Path + new QueryBuilder(string.IsNullOrWhiteSpace(Search)
            ? [KeyValuePair.Create("after", next)]
            : [KeyValuePair.Create("search", Search), KeyValuePair.Create("after", next)])
        : null;

    /// <summary>Where an app stands.</summary>
    public AppState StateOf(OAuthApp app) => AppState.Of(app, Apps.IdleSince.GetValueOrDefault(app.Id.Value));

    /// <summary>How many registrations of a program somebody uses.</summary>
    public int InUse(AppGroup group) => group.Registrations - group.Stopped - Apps.Dead[group.App.Client.Fingerprint].Count();

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        Apps = await AppGroupPage.LoadAsync(Db, Actor.Organization, Search, After, Now, cancellationToken);
        return Page();
    }

    /// <summary>Lets an app be used for the first time.</summary>
    public async Task<IActionResult> OnPostApproveAsync(Id<OAuthApp> app, CancellationToken cancellationToken)
    {
        OAuthAppPage.Demand(Actor);
        var approved = await AppStanding.ChangeAsync(
            Db, Actor, app, found => found.Approve(Actor.UserId, Now), cancellationToken);
        return approved is null ? NotFound() : Back($"Approved “{approved.Name}”. Its people can authorize it now.");
    }

    /// <summary>Deletes an app that waits for approval; one that is in use has a page that says what that breaks.</summary>
    public async Task<IActionResult> OnPostDeleteAsync(Id<OAuthApp> app, CancellationToken cancellationToken)
    {
        OAuthAppPage.Demand(Actor);
        var deleted = await AppStanding.ChangeAsync(Db, Actor, app, found => found.DeleteWaiting(Now), cancellationToken);
        return deleted is null ? NotFound() : Back($"Deleted “{deleted.Name}”.");
    }

    /// <summary>Deletes the dead registrations of a program.</summary>
    public async Task<IActionResult> OnPostCleanUpAsync(string? program, CancellationToken cancellationToken)
    {
        OAuthAppPage.Demand(Actor);
        return await AppGroup.CleanUpAsync(Db, Actor, program ?? "", Now, cancellationToken) is { } said
            ? Back(said)
            : NotFound();
    }

    private RedirectToPageResult Back(string message)
    {
        Message = message;
        return RedirectToPage(new { Search, After });
    }
}
