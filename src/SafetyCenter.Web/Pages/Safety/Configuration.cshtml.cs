using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Organizations;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>Who gets security emails, from when on something is listed, and what the organization demands.</summary>
public sealed partial class ConfigurationModel(SafetyCenterDb db, Actor actor, TimeProvider time, CurrentSession session)
    : OrganizationPage(db, actor, time)
{
    /// <summary>Test emails to one contact are at least this far apart: the address may be a stranger's.</summary>
    private static readonly TimeSpan BetweenTests = TimeSpan.FromMinutes(1);

    /// <summary>A contact, and whether our emails arrive.</summary>
    public sealed record Row(SecurityContact Contact, DateTimeOffset? ReachedAt, string? Trouble);

    /// <summary>A threshold as a field.</summary>
    public sealed record ThresholdField(string Name, string Label, int Max, int Value);

    /// <summary>The organization with its contacts.</summary>
    public Organization Organization { get; private set; } = actor.Organization;

    /// <summary>The contacts that are set.</summary>
    public IReadOnlyList<Row> Contacts { get; private set; } = [];

    /// <summary>The primary address as typed, or else as it is.</summary>
    [BindProperty]
    public string? Primary { get; set; }

    /// <summary>The secondary address as typed, or else as it is.</summary>
    [BindProperty]
    public string? Secondary { get; set; }

    /// <summary>The thresholds as typed.</summary>
    [BindProperty]
    public ThresholdInput? Typed { get; set; }

    /// <summary>For how many days a revocation can be undone, as typed.</summary>
    [BindProperty]
    public int? UndoDays { get; set; }

    /// <summary>Who confirmed the contacts last.</summary>
    public string? ConfirmedBy { get; private set; }

    /// <summary>Whether the contacts must be looked at.</summary>
    public bool IsDue { get; private set; }

    /// <summary>What would be listed, after somebody asked.</summary>
    public IReadOnlyDictionary<string, int>? Preview { get; private set; }

    /// <summary>The fields for the thresholds.</summary>
    public IReadOnlyList<ThresholdField> ThresholdFields
    {
        get
        {
            var now = Actor.Organization.Thresholds;
            return
            [
                new("Typed.UnusedApiKeyDays", "API keys unused for (days)", Thresholds.DaysMax,
                    Typed?.UnusedApiKeyDays ?? now.UnusedApiKeyDays),
                new("Typed.InactiveAppDays", "OAuth apps inactive for (days)", Thresholds.DaysMax,
                    Typed?.InactiveAppDays ?? now.InactiveAppDays),
                new("Typed.InactiveWritingAppDays", "Apps that can write, inactive for (days)", Thresholds.DaysMax,
                    Typed?.InactiveWritingAppDays ?? now.InactiveWritingAppDays),
                new("Typed.StaleInviteDays", "Invites pending for (days)", Thresholds.DaysMax,
                    Typed?.StaleInviteDays ?? now.StaleInviteDays),
                new("Typed.AdminPercent", "More admins than (percent of people)", 100,
                    Typed?.AdminPercent ?? now.AdminPercent),
            ];
        }
    }

    /// <summary>What the thresholds form sends.</summary>
    public sealed record ThresholdInput(
        int? UnusedApiKeyDays, int? InactiveAppDays, int? InactiveWritingAppDays, int? StaleInviteDays, int? AdminPercent);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var organization = await Db.Organizations.AsNoTracking().Include(organization => organization.Contacts)
            .SingleAsync(organization => organization.Id == Actor.OrganizationId, cancellationToken);
        Organization = organization;
        IsDue = organization.AreContactsDue(Now);
        if (!HttpContext.Request.HasFormContentType)
        {
            (Primary, Secondary) = (organization.PrimaryContact?.Email, organization.SecondaryContact?.Email);
        }

        Primary ??= organization.PrimaryContact?.Email;
        Secondary ??= organization.SecondaryContact?.Email;
        var addresses = organization.Contacts.Select(contact => contact.Email).ToArray();
        var reached = await Db.Emails
            .Where(email => addresses.Contains(email.Recipient))
            .GroupBy(email => email.Recipient)
            .Select(emails => new
            {
                Address = emails.Key,
                At = emails.Max(email => email.SentAt),
                Trouble = emails.OrderByDescending(email => email.CreatedAt).Select(email => email.LastError).First(),
            })
            .ToDictionaryAsync(row => row.Address, cancellationToken);
        Contacts =
        [
            .. organization.Contacts.Select(contact => new Row(
                contact, reached.GetValueOrDefault(contact.Email)?.At, reached.GetValueOrDefault(contact.Email)?.Trouble)),
        ];
        ConfirmedBy = await Db.People.AsNoTracking()
            .Where(user => user.Id == organization.ContactsConfirmedBy)
            .Select(user => user.Name ?? user.Email)
            .SingleOrDefaultAsync(cancellationToken);
        await ShowPoliciesAsync(cancellationToken);
        return Page();
    }

    /// <summary>Sets the contacts; old and new ones and all admins are told.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostContactsAsync(CancellationToken cancellationToken)
    {
        var (_, change) = await Appointing.ContactsAsync(Db, Actor, Primary, Secondary, Now, cancellationToken);
        return Done(change switch
        {
            { IsEmpty: true } => "These were the contacts already. They count as confirmed now.",
            { Added.Count: > 0 } => "Saved. New addresses have been sent a link to verify them.",
            _ => "Saved.",
        });
    }

    /// <summary>Says that the contacts are still right.</summary>
    public async Task<IActionResult> OnPostConfirmAsync(CancellationToken cancellationToken)
    {
        await Db.LockedAsync(
            Actor.OrganizationId,
            organization =>
            {
                organization.ConfirmContacts(Actor.UserId, Now);
                return Task.FromResult(true);
            },
            cancellationToken);
        return Done($"Confirmed by {Actor.User.DisplayName}. We ask again in six months.");
    }

    /// <summary>Sends a test email to a contact.</summary>
    public async Task<IActionResult> OnPostTestAsync(Id<SecurityContact> contact, CancellationToken cancellationToken)
    {
        var found = await Db.SecurityContacts.AsNoTracking()
            .SingleOrDefaultAsync(known => known.Id == contact, cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        var since = Now - BetweenTests;
        if (await Db.Emails.AnyAsync(
            email => email.Recipient == found.Email && email.Kind == EmailKind.Test && email.CreatedAt > since,
            cancellationToken))
        {
            return Done($"A test email to {found.Email} was sent less than a minute ago.");
        }

        Db.Add(new Email(
            Actor.OrganizationId, EmailKind.Test, Actor.OrganizationId.Value, found.Email, $"test:{Now.UtcTicks}", Now));
        await Db.SaveChangesAsync(cancellationToken);
        return Done($"A test email is on its way to {found.Email}.");
    }

    /// <summary>Sets the thresholds, or only tells what they would list.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostThresholdsAsync(bool preview, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || Typed is null)
        {
            throw RefusedException.Invalid("Every threshold must be a whole number.");
        }

        if (preview)
        {
            Preview = await PreviewAsync(cancellationToken);
            return await ShowAsync(cancellationToken);
        }

        await Db.LockedAsync(
            Actor.OrganizationId,
            organization =>
            {
                SetThresholds(organization);
                return Task.FromResult(true);
            },
            cancellationToken);
        return Done("Saved. What is listed has been brought up to date.");
    }

    /// <summary>Sets for how long a revocation can be undone.</summary>
    public async Task<IActionResult> OnPostUndoAsync(CancellationToken cancellationToken)
    {
        await Db.LockedAsync(
            Actor.OrganizationId,
            organization =>
            {
                organization.SetUndoDays(UndoDays ?? -1);
                return Task.FromResult(true);
            },
            cancellationToken);
        return Done(UndoDays == 0
            ? "Saved. Revocations cannot be undone from now on."
            : $"Saved. Revocations can be undone for {(UndoDays == 1 ? "1 day" : $"{UndoDays} days")}.");
    }

    // The rules themselves tell: with the new thresholds saved, in a transaction that is never committed.
    private async Task<IReadOnlyDictionary<string, int>> PreviewAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await Db.Database.BeginTransactionAsync(cancellationToken);
        var organization = await Db.Organizations.SingleAsync(
            organization => organization.Id == Actor.OrganizationId, cancellationToken);
        SetThresholds(organization);
        await Db.SaveChangesAsync(cancellationToken);
        var counts = await Reconciliation.CountAsync(Db, organization, Now, cancellationToken);
        await transaction.RollbackAsync(cancellationToken);
        Db.ChangeTracker.Clear();
        return counts;
    }

    private void SetThresholds(Organization organization) => organization.Thresholds.Set(
        Typed?.UnusedApiKeyDays ?? 0,
        Typed?.InactiveAppDays ?? 0,
        Typed?.InactiveWritingAppDays ?? 0,
        Typed?.StaleInviteDays ?? 0,
        Typed?.AdminPercent ?? 0);
}
