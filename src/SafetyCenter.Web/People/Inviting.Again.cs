using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>What became of invites that were to be sent again or taken back.</summary>
/// <param name="Done">Those with which it was done.</param>
/// <param name="Sentence">What to tell the person, those with which it could not be done and why included.</param>
public sealed record InvitesDone(IReadOnlyList<Invite> Done, string Sentence);

// What is done to invites that are there, one or many.
public static partial class Inviting
{
    /// <summary>Sends invites again: new links, the old ones dead, the clock from now.</summary>
    /// <returns>What became of it; null, and nothing was done, when one of them does not exist.</returns>
    /// <exception cref="RefusedException">
    /// None can be sent, for all were accepted or withdrawn; or who asks may not invite, or chose none or too many.
    /// </exception>
    public static Task<InvitesDone?> ResendAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyCollection<Id<Invite>> ids,
        DateTimeOffset now,
        CancellationToken cancellationToken) => EachAsync(
        db,
        actor,
        ids,
        (invite, organization) => Resend(db, invite, organization, now),
        sent => sent is [var only]
            ? $"Sent again to {only.User.Email}. The old link no longer works."
            : $"Sent {sent.Count} invites again. The old links no longer work.",
        cancellationToken);

    /// <summary>Takes invites back; their links are dead. Doing so twice changes nothing.</summary>
    /// <returns>What became of it; null, and nothing was done, when one of them does not exist.</returns>
    /// <exception cref="RefusedException">
    /// None can be taken back, for all were accepted; or who asks may not invite, or chose none or too many.
    /// </exception>
    public static Task<InvitesDone?> WithdrawAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyCollection<Id<Invite>> ids,
        DateTimeOffset now,
        CancellationToken cancellationToken) => EachAsync(
        db,
        actor,
        ids,
        (invite, _) => invite.Withdraw(actor.UserId, now),
        withdrawn => withdrawn is [var only]
            ? $"Deleted the invite of {only.User.Email}. Its link no longer works."
            : $"Deleted {withdrawn.Count} invites. Their links no longer work.",
        cancellationToken);

    /// <summary>
    /// Notes that the link of an invite was followed. In one statement: were it sent again at this moment, nobody has
    /// followed the new link.
    /// </summary>
    public static Task OpenedAsync(SafetyCenterDb db, Invite invite, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Invites.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Unopened(now)
            .Where(row => row.Id == invite.Id && row.Stamp == invite.Stamp)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.OpenedAt, now), cancellationToken);

    private static Task<InvitesDone?> EachAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyCollection<Id<Invite>> ids,
        Action<Invite, Organization> act,
        Func<IReadOnlyList<Invite>, string> words,
        CancellationToken cancellationToken) => DoAsync(db, actor, async organization =>
    {
        RefuseTooMany(ids.Count);
        if (ids.Count == 0)
        {
            throw RefusedException.Invalid("Choose at least one invite.", "invites");
        }

        var invites = await db.Invites.Include(invite => invite.User).Where(invite => ids.Contains(invite.Id))
            .OrderBy(invite => invite.Id)
            .ToListAsync(cancellationToken);
        if (invites.Count < ids.Distinct().Count())
        {
            return null;
        }

        var done = new List<Invite>();
        var refusals = new List<string>();
        foreach (var invite in invites)
        {
            try
            {
                act(invite, organization);
                done.Add(invite);
            }
            catch (RefusedException refused)
            {
                refusals.Add($"{invite.User.Email}: {refused.Message}");
            }
        }

        return done.Count == 0
            ? throw RefusedException.Forbidden(string.Join(' ', refusals))
            : new InvitesDone(done, string.Join(' ', refusals.Prepend(words(done))));
    }, cancellationToken);
}
