using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>All invites and how they stand, expired, accepted and deleted ones too: resend, delete.</summary>
public sealed class InvitesModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>Only those of this status; null for all.</summary>
    [BindProperty(SupportsGet = true)]
    public InviteStatus? Status { get; set; }

    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The invites, those sent last first.</summary>
    public IReadOnlyList<InviteRow> Rows { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>What a status means, for whoever reads the list.</summary>
    public static string Meaning(InviteStatus status) => status switch
    {
        InviteStatus.Queued => "The email waits to go out.",
        InviteStatus.Sent => "A mail server took the email.",
        InviteStatus.Failed => "The email could not be delivered. Look at the address, then resend.",
        InviteStatus.Opened => "The link was followed, by them or by a mail scanner.",
        InviteStatus.Accepted => "They are in.",
        InviteStatus.Expired => "The link no longer works. Resend it, or delete the invite.",
        _ => "An admin deleted it. The link no longer works.",
    };

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!Inviting.May(Actor, Actor.Organization))
        {
            // The page of this status says who the admins are.
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        (Rows, Next) = await InviteRow.PageAsync(Db, Status, Cursor.Read(After), Now, cancellationToken);
        return Page();
    }

    /// <summary>Sends an invite, or the chosen ones, again.</summary>
    public async Task<IActionResult> OnPostResendAsync(
        Id<Invite>? invite, [FromForm] List<Id<Invite>> invites, CancellationToken cancellationToken) =>
        Back(await Inviting.ResendAsync(Db, Actor, invite is { } one ? [one] : invites, Now, cancellationToken));

    /// <summary>Takes an invite, or the chosen ones, back.</summary>
    public async Task<IActionResult> OnPostDeleteAsync(
        Id<Invite>? invite, [FromForm] List<Id<Invite>> invites, CancellationToken cancellationToken) =>
        Back(await Inviting.WithdrawAsync(Db, Actor, invite is { } one ? [one] : invites, Now, cancellationToken));

    private IActionResult Back(InvitesDone? outcome)
    {
        if (outcome is null)
        {
            return NotFound();
        }

        Message = outcome.Sentence;
        return RedirectToPage(new { Status });
    }
}
