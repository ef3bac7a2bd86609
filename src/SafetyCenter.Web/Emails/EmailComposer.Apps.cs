using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Emails;

// The words about OAuth apps.
public sealed partial class EmailComposer
{
    private async Task<(string, EmailText)?> TokenReplayedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var alertId = new Id<Alert>(email.SubjectId);
        var alert = await db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking().Include(alert => alert.Credential)
            .SingleAsync(alert => alert.Id == alertId, cancellationToken);
        var grant = (OAuthGrant)alert.Credential;
        var owner = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleAsync(user => user.Id == grant.OwnerId, cancellationToken);
        var subject = $"A token of the app “{grant.Name}” was used twice";
        var text = new EmailText()
            .Heading(subject)
            .Say($"The app acted for {owner.DisplayName} in {organization.Name}. An authorization code or a refresh token of it "
                + "was used a second time, so somebody has a copy. Its access has ended: every call with its tokens is refused.")
            .Facts(
            [
                ("App", grant.Name),
                ("Acted for", owner.DisplayName),
                ("Noticed", Moment.Exact(alert.RaisedAt)),
                .. Allowed(grant.Reads, grant.Changes),
                ("Last used", grant.LastUsedAt is { } used
                    ? $"{Moment.Exact(used)}, from {grant.LastUsedAddress ?? "an unknown address"}"
                    : "never"),
            ]);

        // Whom it acted for may not be able to open the alert.
        return (subject, email.Kind == EmailKind.TokenReplayed
            ? text.Say("What to do:").Steps(ReplaySteps.All.Select(step => step.Words))
                .Link("The alert", LinkTo(organization, $"alerts/{alert.Id}"))
            : text.Say("If you moved the app to another machine or brought back a backup, it used an old token itself: "
                    + "authorize it again. If not, tell an admin, who has had an email, too.")
                .Link("What may act as you", installation.LinkTo("/me/grants")));
    }

    private async Task<(string, EmailText)?> ApprovalAskedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        if (await AppOfAsync(email, cancellationToken) is not { ApprovedAt: null, DisabledAt: null } app)
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == app.CreatedBy, cancellationToken);
        var subject = $"The app “{app.Name}” waits for approval";
        var text = new EmailText()
            .Heading(subject)
            .Say("Nobody can let it act for them until an admin approves it.")
            .Facts(
            [
                ("App", app.Name),
                ("Publisher", app.Client.IsDynamic ? $"{app.Publisher} (unverified: it registered itself)" : app.Publisher),
                ("Asked for by", by?.DisplayName ?? "somebody"),
                .. Allowed(Words(writing: false), Words(writing: true)),
            ])
            .Say("If you do not know it, do nothing, or delete it.")
            .Link("Look at it and approve it", LinkTo(organization, app));
        return (subject, AppEmails.IsLastOfDay(email)
            ? text.Say($"We write no more about apps that {by?.DisplayName ?? "this member"} asks for until a day has passed. "
                    + "All of them stand in the list.")
                .Link("All apps", installation.LinkTo($"/o/{organization.Slug}/organization-settings/oauth-apps"))
            : text);

        string[] Words(bool writing) =>
            [.. app.Scopes.Where(scope => OAuthScopes.Write([scope]) == writing).Select(OAuthScopes.Words)];
    }

    private async Task<(string, EmailText)?> AppApprovedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        if (await AppOfAsync(email, cancellationToken) is not { IsUsable: true } app)
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == app.ApprovedBy, cancellationToken);
        var subject = $"The app “{app.Name}” was approved";
        return (subject, new EmailText()
            .Heading(subject)
            .Say($"{by?.DisplayName ?? "An admin"} has approved it in {organization.Name}. Start in the app to let it act for "
                + "you.")
            .Link("What may act as you", installation.LinkTo("/me/grants")));
    }

    // Null when it was deleted meanwhile: then there is nothing to say.
    private Task<OAuthApp?> AppOfAsync(Email email, CancellationToken cancellationToken)
    {
        var id = new Id<OAuthApp>(email.SubjectId);
        return db.OAuthApps.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(app => app.Id == id && app.DeletedAt == null, cancellationToken);
    }

    private static IEnumerable<(string, string)> Allowed(
        IReadOnlyCollection<string> reads, IReadOnlyCollection<string> changes)
    {
        if (reads.Count > 0)
        {
            yield return ("Reads", string.Join(", ", reads));
        }

        if (changes.Count > 0)
        {
            yield return ("Changes", string.Join(", ", changes));
        }
    }

    private string LinkTo(Organization organization, OAuthApp app) =>
        installation.LinkTo($"/o/{organization.Slug}/organization-settings/oauth-apps/{app.Id}");
}
