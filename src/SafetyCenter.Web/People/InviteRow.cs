using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.People;

/// <summary>An invite as a list shows it.</summary>
/// <param name="Invite">The invite, with its user.</param>
/// <param name="InvitedBy">Who invited; null for the operator.</param>
/// <param name="Email">The email with its present link; null for one that was written before there were emails.</param>
public sealed record InviteRow(Invite Invite, User? InvitedBy, Email? Email)
{
    /// <summary>Where it stands.</summary>
    public InviteStatus StatusAt(DateTimeOffset now) => Invite.StatusAt(now, DeliveryOf(Email));

    /// <summary>Why its email has not gone out yet, or never will, in the mail server's words.</summary>
    public string? Trouble => Email is { SentAt: null } ? Email.LastError : null;

    /// <summary>How far the email of an invite has come; one without an email was written before there were emails.</summary>
    public static InviteDelivery DeliveryOf(Email? email) => email switch
    {
        null or { SentAt: not null } => InviteDelivery.Sent,
        { GivenUpAt: not null } => InviteDelivery.Failed,
        _ => InviteDelivery.Queued,
    };

    /// <summary>One page of the organization's invites, those sent last first, in one statement.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="status">Only those of this status; null for all.</param>
    /// <param name="after">Where the page begins, if not at the first.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The rows, and where the next page begins.</returns>
    public static async Task<(List<InviteRow> Rows, Cursor? Next)> PageAsync(
        SafetyCenterDb db, InviteStatus? status, Cursor? after, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var invites = db.Invites.AsNoTracking();
        if (after is { } cursor)
        {
            var id = new Id<Invite>(cursor.Id);
            invites = invites.Where(invite => EF.Functions.LessThan(
                ValueTuple.Create(invite.SentAt, invite.Id), ValueTuple.Create(cursor.At, id)));
        }

        var joined =
            from invite in (status is { } wanted ? invites.Of(wanted, now) : invites).Include(invite => invite.User)
            join email in db.Emails on Inviting.EventKeyPrefix + invite.Stamp.ToString() equals email.EventKey into emails
            from email in emails.DefaultIfEmpty()
            select new { Invite = invite, Email = (Email?)email };
        joined = status switch
        {
            InviteStatus.Queued => joined.Where(row => row.Email!.SentAt == null && row.Email.NextAttemptAt != null),
            InviteStatus.Sent => joined.Where(row => row.Email == null || row.Email.SentAt != null),
            InviteStatus.Failed => joined.Where(row => row.Email!.SentAt == null && row.Email.GivenUpAt != null),
            _ => joined,
        };
        var rows = await joined
            .OrderByDescending(row => row.Invite.SentAt).ThenByDescending(row => row.Invite.Id)
            .Take(Cursor.PageSize + 1)
            .Select(row => new InviteRow(
                row.Invite, db.People.SingleOrDefault(user => user.Id == row.Invite.InvitedBy), row.Email))
            .ToListAsync(cancellationToken);
        if (rows.Count <= Cursor.PageSize)
        {
            return (rows, null);
        }

        rows.RemoveAt(Cursor.PageSize);
        return (rows, new Cursor(rows[^1].Invite.SentAt, rows[^1].Invite.Id.Value));
    }
}
