using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Who is told of OAuth apps, whatever page or endpoint it came by: that a code or token was used twice, that one waits for
/// approval, that it was approved.
/// </summary>
public static class AppEmails
{
    /// <summary>So many requests of one member are told in a day.</summary>
    public const int AskedPerDay = 5;

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>Whether this email is the last that tells of a request of its member for a while.</summary>
    public static bool IsLastOfDay(Email asked) =>
        asked.Details?.EndsWith($" {AskedPerDay}", StringComparison.Ordinal) == true;

    /// <summary>Adds the emails of changes that are about to be saved.</summary>
    public static async Task AddAsync(SafetyCenterDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Asked for once: each question to the change tracker compares everything it knows. Reports of leaks write their alerts
        // and emails past it.
        var changes = db.ChangeTracker.Entries()
            .Where(entry => entry.Entity is Alert or OAuthApp
                && entry.State is EntityState.Added or EntityState.Modified)
            .ToList();
        var replays = changes.Where(entry => entry.State == EntityState.Added).Select(entry => entry.Entity).OfType<Alert>();
        var asked = changes.Where(entry => entry.State == EntityState.Added).Select(entry => entry.Entity).OfType<OAuthApp>()
            .Where(app => app.ApprovedAt is null);
        var approved = changes
            .Where(entry => entry.State == EntityState.Modified && entry.Entity is OAuthApp
                && entry.Property(nameof(OAuthApp.ApprovedAt)) is { OriginalValue: null, CurrentValue: not null })
            .Select(entry => (OAuthApp)entry.Entity)
            .Where(app => app.CreatedBy is not null && app.CreatedBy != app.ApprovedBy);
        foreach (var alert in replays)
        {
            await AddReplayedAsync(db, alert, now, cancellationToken);
        }

        foreach (var app in asked)
        {
            await AddAskedAsync(db, app, now, cancellationToken);
        }

        foreach (var app in approved)
        {
            var person = await db.People.IgnoreQueryFilters(Filter).ActivePeople()
                .Where(user => user.Id == app.CreatedBy)
                .Select(user => user.Email)
                .SingleOrDefaultAsync(cancellationToken);
            if (person is not null)
            {
                db.Emails.Add(new Email(
                    app.OrganizationId, EmailKind.AppApproved, app.Id.Value, person, $"app-approved:{app.Id}", now));
            }
        }
    }

    // A request that is not told stands in the list of apps, and on the Overview, all the same.
    private static async Task AddAskedAsync(
        SafetyCenterDb db, OAuthApp app, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (by, since) = ($"{app.CreatedBy} ", now.AddDays(-1));
        var told = await db.Emails.IgnoreQueryFilters(Filter)
            .Where(email => email.OrganizationId == app.OrganizationId && email.Kind == EmailKind.AppApprovalAsked
                && email.CreatedAt > since && email.Details!.StartsWith(by))
            .Select(email => email.SubjectId)
            .Distinct()
            .CountAsync(cancellationToken);
        if (told >= AskedPerDay)
        {
            return;
        }

        var admins = await db.People.IgnoreQueryFilters(Filter).Admins()
            .Where(admin => admin.OrganizationId == app.OrganizationId)
            .Select(admin => admin.Email)
            .ToListAsync(cancellationToken);
        db.Emails.AddRange(admins.Select(admin => new Email(
            app.OrganizationId,
            EmailKind.AppApprovalAsked,
            app.Id.Value,
            admin,
            $"app-approval:{app.Id}",
            now,
            $"{by}{told + 1}")));
    }

    // The same event for all: whoever is a contact and the user, too, gets one email.
    private static async Task AddReplayedAsync(
        SafetyCenterDb db, Alert alert, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var recipients = (await SecurityEmails.RecipientsAsync(db, [alert.OrganizationId], cancellationToken))
            [alert.OrganizationId].Distinct().ToList();
        var ownerId = ((OwnedCredential)alert.Credential).OwnerId;
        var owner = await db.People.IgnoreQueryFilters(Filter)
            .Where(user => user.Id == ownerId && user.DisabledAt == null)
            .Select(user => user.Email)
            .SingleOrDefaultAsync(cancellationToken);
        db.Emails.AddRange(recipients.Select(recipient => Of(EmailKind.TokenReplayed, recipient)));
        if (owner is not null && !recipients.Contains(owner))
        {
            db.Emails.Add(Of(EmailKind.OwnTokenReplayed, owner));
        }

        Email Of(EmailKind kind, string recipient) =>
            new(alert.OrganizationId, kind, alert.Id.Value, recipient, $"token-replayed:{alert.Id}", now);
    }
}
