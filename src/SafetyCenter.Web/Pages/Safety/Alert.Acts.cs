using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Pages.Safety;

// The actions. Each is done under the lock of the organization, so that a second click, or a page that is out of date, meets what
// is so now, and is told that in a sentence.
public sealed partial class AlertModel
{
    private static readonly AlertEventKind[] Changes =
    [
        AlertEventKind.Acknowledged, AlertEventKind.Assigned, AlertEventKind.Released, AlertEventKind.Snoozed,
        AlertEventKind.Dismissed, AlertEventKind.Reopened, AlertEventKind.Held,
    ];

    /// <summary>For how many days an alert can be put off.</summary>
    public static readonly IReadOnlyList<int> SnoozeDays = [1, 3, 7, 30];

    /// <summary>Which action was sent, so that its form stays open when it was refused.</summary>
    [FromQuery(Name = "handler")]
    public string? Sent { get; set; }

    /// <summary>What somebody says to it.</summary>
    [BindProperty]
    public string? Comment { get; set; }

    /// <summary>For how many days it is put off.</summary>
    [BindProperty]
    public int Days { get; set; } = SnoozeDays[0];

    /// <summary>Why it is dismissed.</summary>
    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>To whom it is given.</summary>
    [BindProperty]
    public string? Assignee { get; set; }

    /// <summary>The last line of its history that the page showed; null when the form was on another page.</summary>
    [BindProperty]
    public long? Seen { get; set; }

    /// <summary>The last line of its history now.</summary>
    public long LastLine => Alert.Events.Select(happened => happened.Number).DefaultIfEmpty().Max();

    /// <summary>Revokes the key, which resolves the alert.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(CancellationToken cancellationToken)
    {
        var found = await Db.Alerts.AsNoTracking()
            .Where(alert => alert.Id == Id)
            .Select(alert => new { alert.CredentialId })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        var outcome = await Revoking.RevokeAsync(
            Db, Actor, [found.CredentialId], RevocationReason.Leaked, Now, cancellationToken);
        return Done(outcome.Sentence);
    }

    /// <summary>Says that somebody is looking at it.</summary>
    public Task<IActionResult> OnPostAcknowledgeAsync(CancellationToken cancellationToken) => ChangeAsync(
        async alert =>
        {
            var before = alert.Events.Count;
            alert.Acknowledge(Actor.UserId, Now);
            return (alert.IsReplay, alert.Events.Count > before) switch
            {
                (true, true) => "Acknowledged. The alert is closed.",
                (false, true) => "Acknowledged: it is yours. The key is still active until it is revoked.",
                _ => await WhoAcknowledgedAsync(alert, cancellationToken),
            };
        },
        cancellationToken);

    /// <summary>Gives it to an admin.</summary>
    public Task<IActionResult> OnPostAssignAsync(CancellationToken cancellationToken) => ChangeAsync(
        async alert =>
        {
            var id = new Id<User>(Guid.TryParse(Assignee, out var known) ? known : Guid.Empty);
            var assignee = await Db.People.Admins().SingleOrDefaultAsync(user => user.Id == id, cancellationToken)
                ?? throw RefusedException.Invalid("Choose one of the admins in the list.", "assignee");
            alert.Assign(assignee, Actor.UserId, Now);
            return $"{assignee.DisplayName} has it now.";
        },
        cancellationToken);

    /// <summary>Gives it back.</summary>
    public Task<IActionResult> OnPostReleaseAsync(CancellationToken cancellationToken) => ChangeAsync(
        alert =>
        {
            var before = alert.Events.Count;
            alert.Release(Actor.UserId, Now);
            return alert.Events.Count > before ? "Given back: nobody has it now." : "Nobody has it.";
        },
        cancellationToken);

    /// <summary>Puts it off.</summary>
    public Task<IActionResult> OnPostSnoozeAsync(CancellationToken cancellationToken) => ChangeAsync(
        alert =>
        {
            alert.Snooze(Now.AddDays(Days), Comment, Actor.UserId, Now);
            return $"Put off until {Moment.Exact(alert.SnoozedUntil!.Value)}. The key is still active.";
        },
        cancellationToken);

    /// <summary>Says why nothing need be done; whoever gets security emails is told.</summary>
    public Task<IActionResult> OnPostDismissAsync(CancellationToken cancellationToken) => ChangeAsync(
        async alert =>
        {
            var resolution = Resolutions.Dismissals.FirstOrDefault(resolution => $"{resolution}" == Reason);
            alert.Dismiss(resolution, Comment, Actor.UserId, Now);
            await SecurityEmails.AddLeakDismissedAsync(Db, alert, Now, cancellationToken);
            return "Dismissed. The key is still active, and the security contacts are told.";
        },
        cancellationToken);

    /// <summary>Takes a dismissal back.</summary>
    public Task<IActionResult> OnPostReopenAsync(CancellationToken cancellationToken) => ChangeAsync(
        alert =>
        {
            alert.Reopen(Actor.UserId, Now);
            return "It is open again.";
        },
        cancellationToken);

    /// <summary>Objects to what the rules would do.</summary>
    public Task<IActionResult> OnPostObjectAsync(CancellationToken cancellationToken) => ChangeAsync(
        alert =>
        {
            alert.Hold(Comment, Actor.UserId, Now);
            return "The key is not revoked by itself any more. It is still active.";
        },
        cancellationToken);

    /// <summary>Writes something down.</summary>
    public Task<IActionResult> OnPostCommentAsync(CancellationToken cancellationToken) => ActAsync(
        alert =>
        {
            alert.AddComment(Comment, Actor.UserId, Now);
            return "Written down.";
        },
        cancellationToken);

    /// <summary>Ticks a step, or takes that back.</summary>
    public Task<IActionResult> OnPostTickAsync(int step, bool done, CancellationToken cancellationToken) => ActAsync(
        alert =>
        {
            alert.Tick(step, done, Actor.UserId, Now);
            return $"Step {step} is {(done ? "done" : "not done yet")}.";
        },
        cancellationToken);

    /// <inheritdoc />
    protected override int StatusOf(RefusedException refused) =>
        refused.Refusal == Refusal.Conflict ? StatusCodes.Status409Conflict : base.StatusOf(refused);

    private Task<IActionResult> ActAsync(Func<Alert, string> act, CancellationToken cancellationToken) =>
        ActAsync(alert => Task.FromResult(act(alert)), cancellationToken);

    private Task<IActionResult> ChangeAsync(Func<Alert, string> change, CancellationToken cancellationToken) =>
        ChangeAsync(alert => Task.FromResult(change(alert)), cancellationToken);

    // Not when another has changed it since the page was opened: what they decided would be undone, and nobody would know.
    private Task<IActionResult> ChangeAsync(Func<Alert, Task<string>> change, CancellationToken cancellationToken) => ActAsync(
        async alert =>
        {
            var meanwhile = await Db.AlertEvents.AsNoTracking()
                .Where(happened => happened.AlertId == Id && happened.Number > Seen && Changes.Contains(happened.Kind)
                    && happened.By != null && happened.By != Actor.UserId)
                .OrderByDescending(happened => happened.Number)
                .Select(happened => new
                {
                    happened.At,
                    By = Db.People.FirstOrDefault(user => user.Id == happened.By),
                })
                .FirstOrDefaultAsync(cancellationToken);
            return meanwhile is null ? await change(alert) : throw RefusedException.Conflict(
                $"{meanwhile.By?.DisplayName ?? "Somebody"} changed this alert at {Moment.Exact(meanwhile.At)}, after you opened "
                + "the page. This is how it is now: decide again.");
        },
        cancellationToken);

    private async Task<string> WhoAcknowledgedAsync(Alert alert, CancellationToken cancellationToken)
    {
        var people = await Db.People.AsNoTracking()
            .Where(user => user.Id == alert.AcknowledgedBy || user.Id == alert.AssigneeId)
            .ToListAsync(cancellationToken);
        var by = people.Find(user => user.Id == alert.AcknowledgedBy)?.DisplayName ?? "Somebody";
        var holder = people.Find(user => user.Id == alert.AssigneeId)?.DisplayName;
        return $"{by} had acknowledged it before, at {Moment.Exact(alert.AcknowledgedAt!.Value)}"
            + (alert.IsReplay ? "." : holder == by ? ", and has it." : $", and {holder} has it.");
    }

    private async Task<IActionResult> ActAsync(Func<Alert, Task<string>> act, CancellationToken cancellationToken)
    {
        var said = await Db.LockedAsync(
            Actor.OrganizationId,
            async _ => await Db.Alerts.Include(alert => alert.Credential)
                .SingleOrDefaultAsync(alert => alert.Id == Id, cancellationToken) is { } alert
                    ? await act(alert)
                    : null,
            cancellationToken);
        return said is null ? NotFound() : Done(said);
    }
}
