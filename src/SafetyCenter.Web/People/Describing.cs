using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>Changes what users are called, and where a wrongly typed address leads.</summary>
public static class Describing
{
    /// <summary>Gives a user another name and title. Everybody may change their own.</summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">A name or title that cannot be, or who asks may not manage this user.</exception>
    public static Task<User?> DescribeAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        string? name,
        string? title,
        DateTimeOffset now,
        CancellationToken cancellationToken) => id == actor.UserId
        ? PeopleLock.DoAsync<User?>(
            db,
            actor,
            [],
            async _ =>
            {
                var self = await db.People.SingleAsync(user => user.Id == id, cancellationToken);
                self.Describe(name, title, now);
                return self;
            },
            cancellationToken)
        : PeopleLock.ChangeAsync(
            db,
            actor,
            id,
            user =>
            {
                user.Describe(name, title, now);
                return Task.CompletedTask;
            },
            cancellationToken);

    /// <summary>
    /// Corrects the address of a service account, or of somebody who has not come yet. Their open invite is sent again, to
    /// the new address: the link that went to the old one is dead.
    /// </summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">
    /// It is no address, or taken, or of a domain that is not allowed; they have come already; or who asks may not invite.
    /// </exception>
    public static Task<User?> CorrectAddressAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, string? email, DateTimeOffset now, CancellationToken cancellationToken) =>
        PeopleLock.ChangeAsync(
            db,
            actor,
            id,
            user => ChangeEmailAsync(db, actor, user, Text.Email(email), now, cancellationToken),
            cancellationToken);

    /// <summary>The same to a user who is being changed, under the lock, already.</summary>
    internal static async Task ChangeEmailAsync(
        SafetyCenterDb db, Actor actor, User user, string email, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (email == user.Email)
        {
            return;
        }

        // The address of a service account is only where to write about it, and may be anybody's.
        if (!user.IsServiceAccount)
        {
            await RefuseUnlessInvitableAsync(db, actor, user, email, cancellationToken);
        }

        user.ChangeEmail(email, now);
        foreach (var invite in await db.Invites.Open().Where(invite => invite.UserId == user.Id)
            .ToListAsync(cancellationToken))
        {
            Inviting.Resend(db, invite, actor.Organization, now);
        }
    }

    private static async Task RefuseUnlessInvitableAsync(
        SafetyCenterDb db, Actor actor, User user, string email, CancellationToken cancellationToken)
    {
        if (!Granting.MayInvite(actor, actor.Organization))
        {
            throw RefusedException.Forbidden(
                "Forbidden: another address is another invite. Ask somebody who may invite people here.");
        }

        if (!Inviting.IsAllowed(actor.Organization, email))
        {
            throw RefusedException.Invalid("Emails may not be sent to this domain.", "email");
        }

        var isTaken = await db.People.AnyAsync(
            other => other.Email == email && !other.IsServiceAccount && other.Id != user.Id, cancellationToken);
        if (isTaken)
        {
            throw RefusedException.Invalid($"User {email} already exists", "email");
        }
    }
}
