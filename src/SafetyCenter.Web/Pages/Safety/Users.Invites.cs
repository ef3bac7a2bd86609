using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.People;

namespace SafetyCenter.Web.Pages.Safety;

// The half of the tab that is about invites nobody accepted.
public sealed partial class UsersModel
{
    /// <summary>Where the list of invites begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterInvites { get; set; }

    /// <summary>The stale invites, longest first.</summary>
    public IReadOnlyList<Invite> Invites { get; private set; } = [];

    /// <summary>Where the next page of invites begins.</summary>
    public Cursor? NextInvites { get; private set; }

    /// <summary>Sends an invite, or the chosen ones, again.</summary>
    public async Task<IActionResult> OnPostResendAsync(
        Id<Invite>? invite, [FromForm] List<Id<Invite>> invites, CancellationToken cancellationToken) =>
        await Inviting.ResendAsync(Db, Actor, invite is { } one ? [one] : invites, Now, cancellationToken) is { } outcome
            ? Done(outcome.Sentence)
            : NotFound();

    /// <summary>Takes an invite, or the chosen ones, back.</summary>
    public async Task<IActionResult> OnPostDeleteAsync(
        Id<Invite>? invite, [FromForm] List<Id<Invite>> invites, CancellationToken cancellationToken) =>
        await Inviting.WithdrawAsync(Db, Actor, invite is { } one ? [one] : invites, Now, cancellationToken) is { } outcome
            ? Done(outcome.Sentence)
            : NotFound();

    private async Task LoadInvitesAsync(CancellationToken cancellationToken) =>
        (Invites, NextInvites) = await FindingPages.LoadAsync(
            Db, FindingRule.StaleInvite, AfterInvites, Db.Invites.AsNoTracking().Include(invite => invite.User),
            invite => invite.Id, cancellationToken);
}
