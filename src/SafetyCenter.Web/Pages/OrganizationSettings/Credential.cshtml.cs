using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>One credential of any kind: what it is, who uses it, what breaks without it, and what can be done about it.</summary>
[ResponseCache(NoStore = true)]
public sealed partial class CredentialModel(SafetyCenterDb db, Actor actor, TimeProvider time)
    : CredentialPage(db, actor, time)
{
    private const int RefusedMax = 20;

    /// <summary>Who uses it, how much, and for what.</summary>
    public UsageReport Report { get; private set; } = null!;

    /// <summary>Calls per day.</summary>
    public UsageChart Chart { get; private set; } = null!;

    /// <summary>The name of the OAuth app that it belongs to; null for what belongs to none.</summary>
    public string? AppName { get; private set; }

    /// <summary>Whether it was ever seen where it must not be.</summary>
    public bool HasLeaked { get; private set; }

    /// <summary>Who made it; null for the operator.</summary>
    public string? MadeBy { get; private set; }

    /// <summary>Who changed it last.</summary>
    public string? ModifiedBy { get; private set; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; private set; }

    /// <summary>What takes its place.</summary>
    public Credential? Successor { get; private set; }

    /// <summary>Whose place it takes.</summary>
    public Credential? Predecessor { get; private set; }

    /// <summary>Calls per day of the old one and the new one, while it is being rotated.</summary>
    public UsageChart? Moving { get; private set; }

    /// <summary>The latest test, under way or over.</summary>
    public TestRevocation? Test { get; private set; }

    /// <summary>Who began the latest test.</summary>
    public string? TestedBy { get; private set; }

    /// <summary>Who was refused during the latest test, most often first.</summary>
    public IReadOnlyList<RefusedCall> Refused { get; private set; } = [];

    /// <summary>Whether it is off for a test now.</summary>
    public bool IsOffForTest => Credential.IsActive && Test?.IsRunning(Now) == true;

    /// <summary>Whether it opens anything, tests apart.</summary>
    public bool IsAlive => Credential.IsActive && !(Credential.EndsAt <= Now);

    /// <summary>Where it stands, in a word or two.</summary>
    public string Standing => !Credential.IsActive ? "Revoked"
        : !IsAlive ? "Expired"
        : IsOffForTest ? "Off for a test"
        : Successor is not null ? "Being replaced"
        : "Active";

    /// <summary>What it may do; null for what has no scopes.</summary>
    public IReadOnlyList<string>? Held => (Credential as OwnedCredential)?.Scopes;

    /// <summary>The permissions it made use of in the window, at our own API.</summary>
    public IReadOnlyList<ScopeUsed> Used =>
        [.. Report.Scopes.Where(use => use.LastAt > Now.AddDays(-BlastRadius.WindowDays))];

    /// <summary>The scopes it holds and made use of.</summary>
    public IReadOnlyList<string> HeldAndUsed =>
        [.. (Held ?? []).Where(scope => Used.Any(use => use.Scope == scope))];

    /// <summary>Callers that have used the old one since its rotation began.</summary>
    public IReadOnlyList<UsageCaller> StillOnOld =>
        [.. Report.Callers.Where(caller => caller.LastAt >= Credential.RotatedAt)];

    /// <summary>For how many whole hours nobody has used it since its rotation began.</summary>
    public int SilentHours => Credential.SilentSince is { } since ? Math.Max(0, (int)(Now - since).TotalHours) : 0;

    /// <summary>Whether it can be brought back now.</summary>
    public bool IsUndoable =>
        Credential.UndoableUntil(Actor.Organization.UndoWindow, HasLeaked) is { } until && Now < until;

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!await FindAsync(cancellationToken))
        {
            return NotFound();
        }

        Report = await UsageReport.LoadAsync(Db, Credential, Now, cancellationToken);
        Chart = UsageChart.Of(
            "usage", BlastRadius.WindowDays, Credential.TrackedSince, Now, (Credential.Name, Report.Days));
        await LoadSurroundingsAsync(cancellationToken);
        await LoadTestAsync(cancellationToken);
        return Page();
    }

    private async Task LoadSurroundingsAsync(CancellationToken cancellationToken)
    {
        var appId = AppId;
        var names = await Db.Credentials.AsNoTracking()
            .Where(credential => credential.Id == Id)
            .Select(credential => new
            {
                AppName = Db.OAuthApps.Where(app => app.Id == appId).Select(app => app.Client.Name).FirstOrDefault(),
                HasLeaked = Db.Alerts.Any(alert => alert.CredentialId == credential.Id),
                MadeBy = Db.People.Where(user => user.Id == credential.CreatedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                ModifiedBy = Db.People.Where(user => user.Id == credential.ModifiedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                RevokedBy = Db.People.Where(user => user.Id == credential.RevokedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
            })
            .SingleAsync(cancellationToken);
        (AppName, HasLeaked, MadeBy) = (names.AppName, names.HasLeaked, names.MadeBy);
        (ModifiedBy, RevokedBy) = (names.ModifiedBy, names.RevokedBy);
        var successorId = Credential.ReplacedBy;
        var related = await Db.Credentials.AsNoTracking()
            .Where(other => other.Id == successorId || other.ReplacedBy == Id)
            .ToListAsync(cancellationToken);
        Successor = related.Find(other => other.Id == successorId);
        Predecessor = related.Where(other => other.ReplacedBy == Id).MaxBy(other => other.RotatedAt);
        if (Successor is null)
        {
            return;
        }

        // A few days before the rotation are shown, too, so that one sees what moves.
        var rotated = Credential.RotatedAt ?? Now;
        var days = Math.Clamp((int)(Now - rotated).TotalDays + 8, 14, BlastRadius.WindowDays);
        var since = DateOnly.FromDateTime(Now.UtcDateTime).AddDays(1 - days);
        var ofNew = await Db.Usage.AsNoTracking()
            .Where(use => use.CredentialId == successorId && use.Day >= since)
            .GroupBy(use => use.Day)
            .Select(day => new { Day = day.Key, Calls = day.Sum(use => use.Calls) })
            .ToListAsync(cancellationToken);
        Moving = UsageChart.Of(
            "moving",
            days,
            Credential.TrackedSince,
            Now,
            ($"Old: {Credential.Name}", Report.Days),
            ($"New: {Successor.Name}", [.. ofNew.Select(day => new DayOfUse(day.Day, day.Calls))]));
    }

    private async Task LoadTestAsync(CancellationToken cancellationToken)
    {
        var latest = await Db.TestRevocations.AsNoTracking()
            .Where(test => test.CredentialId == Id)
            .OrderByDescending(test => test.StartedAt)
            .Select(test => new
            {
                Test = test,
                By = Db.People.Where(user => user.Id == test.StartedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                Refused = Db.RefusedCalls.Where(call => call.TestId == test.Id)
                    .OrderByDescending(call => call.Calls).Take(RefusedMax).ToList(),
            })
            .FirstOrDefaultAsync(cancellationToken);
        (Test, TestedBy, Refused) = (latest?.Test, latest?.By, latest?.Refused ?? []);
    }
}
