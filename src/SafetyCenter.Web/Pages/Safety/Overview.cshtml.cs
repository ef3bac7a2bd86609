using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>The Overview: open alerts first, then each recommendation with its count.</summary>
public sealed class OverviewModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, IServiceScopeFactory scopes, ILogger<OverviewModel> logger)
    : OrganizationPage(db, actor, time)
{
    private static readonly TimeSpan Span = TimeSpan.FromDays(30);

    /// <summary>How long the answer to "run now" may wait for the scan.</summary>
    private static readonly TimeSpan ScanPatience = TimeSpan.FromSeconds(10);

    /// <summary>A recommendation and its numbers.</summary>
    public sealed record Card(FindingRule Rule, int Count, int Before, int Then, int? Measured, int? OutOf)
    {
        /// <summary>What says most: how many things, or for a rule about the whole organization, what it counted.</summary>
        public string Headline => Measured is not null ? $"{Measured} of {OutOf}"
            : !IsAboutOrganization ? $"{Count}"
            : Count > 0 ? "Yes" : "No";

        private bool IsAboutOrganization => Rule == FindingRule.TooManyAdmins
            || Rule == FindingRule.OnlyOneAdmin
            || Rule == FindingRule.ContactsDue;

        /// <summary>How the count compares with a month ago.</summary>
        public string Trend => Count == Before ? "unchanged in 30 days"
            : IsAboutOrganization ? (Count > Before ? "new in the last 30 days" : "settled in the last 30 days")
            : $"{(Count > Before ? "up" : "down")} from {Before} (30 days ago)";

        /// <summary>What the next month brings if nothing is done; null when that is nothing new.</summary>
        public string? Soon => Then <= Count ? null
            : IsAboutOrganization ? "Due within the next 30 days."
            : $"{Then - Count} more in the next 30 days, if nothing changes.";
    }

    /// <summary>How many alerts are open.</summary>
    public int OpenAlerts { get; private set; }

    /// <summary>How many of them are of leaked credentials; the others are of tokens that were used twice.</summary>
    public int OpenLeaks { get; private set; }

    /// <summary>How many of them were not resolved in time.</summary>
    public int OverdueAlerts { get; private set; }

    /// <summary>How many of them were put off.</summary>
    public int SnoozedAlerts { get; private set; }

    /// <summary>How many were dismissed although their keys are active: they are counted for as long as those are.</summary>
    public int DismissedAlerts { get; private set; }

    /// <summary>When the oldest of the open ones came.</summary>
    public DateTimeOffset? OldestAlert { get; private set; }

    /// <summary>What the open alerts are about, after their number.</summary>
    public string AlertWords => OpenLeaks == OpenAlerts ? $"leaked {(OpenLeaks == 1 ? "key is" : "keys are")} still active."
        : OpenLeaks == 0 ? $"{(OpenAlerts == 1 ? "app" : "apps")} had a token that was used twice."
        : "alerts are open: leaked keys that are still active, and apps that had a token that was used twice.";

    /// <summary>How many OAuth apps wait for approval, for those who may see them.</summary>
    public int WaitingApps { get; private set; }

    /// <summary>The recommendations.</summary>
    public IReadOnlyList<Card> Cards { get; private set; } = [];

    /// <summary>When it was last checked.</summary>
    public ScanRun? LastScan { get; private set; }

    /// <summary>Why emails wait, when they do.</summary>
    public string? EmailTrouble { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var then = Now - Span;
        var summary = await Db.Organizations
            .Where(organization => organization.Id == Actor.OrganizationId)
            .Select(organization => new
            {
                // Each asks for the organization, so that all are one statement and not one each.
                OpenAlerts = Db.Alerts.Open().Count(alert => alert.OrganizationId == organization.Id),
                OpenLeaks = Db.Alerts.Open().OfLeaks().Count(alert => alert.OrganizationId == organization.Id),
                Overdue = Db.Alerts.Overdue(Now).Count(alert => alert.OrganizationId == organization.Id),
                Snoozed = Db.Alerts.Snoozed().Count(alert => alert.OrganizationId == organization.Id),
                Dismissed = Db.Alerts.DismissedButActive().Count(alert => alert.OrganizationId == organization.Id),
                WaitingApps = Db.OAuthApps.Waiting().Count(app => app.OrganizationId == organization.Id),
                OldestAlert = Db.Alerts.Open().Min(alert => (DateTimeOffset?)alert.RaisedAt),
                EmailTrouble = Db.Emails
                    .Where(email => email.NextAttemptAt != null && email.LastError != null)
                    .Select(email => email.LastError)
                    .FirstOrDefault(),
                LastScan = Db.ScanRuns
                    .Where(run => run.OrganizationId == null || run.OrganizationId == Actor.OrganizationId)
                    .OrderByDescending(run => run.StartedAt)
                    .FirstOrDefault(),
            })
            .AsNoTracking()
            .SingleAsync(cancellationToken);
        (OpenAlerts, OpenLeaks, OldestAlert) = (summary.OpenAlerts, summary.OpenLeaks, summary.OldestAlert);
        (OverdueAlerts, SnoozedAlerts, DismissedAlerts) = (summary.Overdue, summary.Snoozed, summary.Dismissed);
        WaitingApps = Actor.May(Permission.OrgAuthorizedAppsRead) ? summary.WaitingApps : 0;
        (EmailTrouble, LastScan) = (summary.EmailTrouble, summary.LastScan);

        var counts = await Db.Findings
            .Where(finding => finding.ClearedAt == null || finding.ClearedAt > then)
            .GroupBy(finding => finding.Rule)
            .Select(rule => new
            {
                Rule = rule.Key,
                Count = rule.Count(finding => finding.ClearedAt == null),
                Before = rule.Count(finding => finding.RaisedAt <= then),
                Measured = rule.Where(finding => finding.ClearedAt == null).Max(finding => finding.Measured),
                OutOf = rule.Where(finding => finding.ClearedAt == null).Max(finding => finding.OutOf),
            })
            .ToDictionaryAsync(row => row.Rule, cancellationToken);
        var soon = await Reconciliation.CountAsync(Db, Actor.Organization, Now + Span, cancellationToken);
        Cards =
        [
            .. FindingRule.All.Select(rule => new Card(
                rule,
                counts.GetValueOrDefault(rule.Name)?.Count ?? 0,
                counts.GetValueOrDefault(rule.Name)?.Before ?? 0,
                soon.GetValueOrDefault(rule.Name),
                counts.GetValueOrDefault(rule.Name)?.Measured,
                counts.GetValueOrDefault(rule.Name)?.OutOf)),
        ];
        return Page();
    }

    /// <summary>Scans this organization now.</summary>
    public async Task<IActionResult> OnPostScanAsync()
    {
        var scan = ScanAsync(Actor.OrganizationId);
        if (await Task.WhenAny(scan, Task.Delay(ScanPatience)) != scan)
        {
            return Done("The scan is still running. Reload this page in a while.");
        }

        var run = await scan;
        return Done($"Checked. {Count(run.Raised, "new finding")}, {Count(run.Cleared, "finding")} cleared.");
    }

    // In a scope of its own: it may outlive the request.
    private async Task<ScanRun> ScanAsync(Core.Id<Core.Organizations.Organization> organizationId)
    {
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            return await scope.ServiceProvider.GetRequiredService<FindingsScan>()
                .RunAsync(organizationId, CancellationToken.None);
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "The scan that somebody asked for failed");
            throw;
        }
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
