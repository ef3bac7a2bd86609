using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>
/// Invites people, sends invites again and takes them back, whichever page or endpoint asks for it. Who invites gives only
/// roles that they may give (<see cref="Granting"/>), and only admins do where the organization says so.
/// </summary>
public static partial class Inviting
{
    /// <summary>How many can be invited, resent or withdrawn at once.</summary>
    public const int AtOnceMax = 500;

    /// <summary>What <see cref="EventKeyOf"/> begins with; the stamp follows.</summary>
    internal const string EventKeyPrefix = "invite:";

    private static readonly string[] MayInvite = [Permission.UserAccessInvite];

    /// <summary>Whether somebody who holds the permission may invite: in some organizations only admins may.</summary>
    public static bool May(Actor actor, Organization organization) =>
        !organization.Policies.AdminOnlyInvites || actor.User.Has(Permission.OrgManagement);

    /// <summary>Invites everybody on a list who can be invited, and says what became of each line.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who invites.</param>
    /// <param name="entries">Addresses, with or without a name (<see cref="Invitee"/>).</param>
    /// <param name="roleIds">The roles that everybody on the list is to hold.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">
    /// The list is empty or too long, a role cannot be given, or who asks may not invite. Nobody is invited then.
    /// </exception>
    public static Task<List<InviteLine>> InviteAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyList<string> entries,
        IReadOnlyCollection<Id<Role>> roleIds,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (entries.Count is 0 or > AtOnceMax)
        {
            throw RefusedException.Invalid(
                entries.Count == 0
                    ? "Name at least one address."
                    : $"At most {AtOnceMax} people can be invited at once; these are {entries.Count}. Nobody was invited.",
                "emails");
        }

        return DoAsync(db, actor, async organization =>
        {
            var roles = await Granting.RolesAsync(db, actor, roleIds, cancellationToken);
            if (roles.Count == 0)
            {
                throw RefusedException.Invalid("Choose at least one role.", "roles");
            }

            var read = entries.Select(Read).ToList();
            var wanted = read.Select(entry => entry.Invitee?.Email).OfType<string>().Distinct().ToArray();
            var known = await db.People.Include(user => user.Roles)
                .Where(user => wanted.Contains(user.Email) && !user.IsServiceAccount)
                .ToDictionaryAsync(user => user.Email, cancellationToken);
            var open = (await db.Invites.Open().Where(invite => wanted.Contains(invite.User.Email))
                .Select(invite => invite.UserId)
                .ToListAsync(cancellationToken)).ToHashSet();
            var seen = new HashSet<string>();
            return entries.Zip(read, (given, entry) => Line(given, entry.Invitee, entry.Reason)).ToList();

            InviteLine Line(string given, Invitee? invitee, string reason)
            {
                if (invitee is not { Email: var email, Name: var name })
                {
                    return new InviteLine(given, InviteOutcome.Refused, reason);
                }

                if (!IsAllowed(organization, email))
                {
                    return new InviteLine(given, InviteOutcome.Refused, "Emails may not be sent to this domain.");
                }

                if (!seen.Add(email))
                {
                    return new InviteLine(given, InviteOutcome.Repeated, "The same address stands further up.");
                }

                var user = known.GetValueOrDefault(email);
                if (user is { LoginId: not null })
                {
                    return new InviteLine(given, InviteOutcome.AlreadyHere, user.Status == UserStatus.Disabled
                        ? "They are disabled here. Enable them instead."
                        : "They are a user here already.");
                }

                if (user is not null && open.Contains(user.Id))
                {
                    return new InviteLine(given, InviteOutcome.AlreadyInvited, "They were invited before. Resend it instead.");
                }

                if (user is null)
                {
                    user = new User(organization.Id, email, name, roles, now);
                    db.Add(user);
                }
                else
                {
                    // A withdrawn invite must never block a new one.
                    user.Enable(now);
                    user.SetRoles(roles, now);
                }

                Send(db, user, actor.UserId, organization, now);
                return new InviteLine(given, InviteOutcome.Invited);
            }
        }, cancellationToken);
    }

    /// <summary>Makes a pending user without writing to them, as Datadog's API does.</summary>
    /// <exception cref="RefusedException">The address is taken (a conflict), or something about it cannot be.</exception>
    public static Task<User> AddPendingAsync(
        SafetyCenterDb db,
        Actor actor,
        string? email,
        string? name,
        string? title,
        IReadOnlyCollection<Id<Role>> roleIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) => DoAsync(db, actor, async organization =>
    {
        var clean = Text.Email(email);
        if (!IsAllowed(organization, clean))
        {
            throw RefusedException.Invalid("Emails may not be sent to this domain.", "email");
        }

        if (await db.People.AnyAsync(user => user.Email == clean && !user.IsServiceAccount, cancellationToken))
        {
            throw RefusedException.Conflict($"User {clean} already exists", "email");
        }

        var roles = await Granting.RolesAsync(db, actor, roleIds, cancellationToken);
        var user = new User(organization.Id, clean, User.CleanName(name), roles, now);
        user.Describe(user.Name, title, now);
        db.Add(user);
        return user;
    }, cancellationToken);

    /// <summary>
    /// Writes to pending users: a new invite for whoever has none, and for the others the one they have, with a new link; the
    /// old link is dead and the clock restarts.
    /// </summary>
    /// <returns>The invites, in the order of the users; a user that does not exist has none.</returns>
    /// <exception cref="RefusedException">Somebody is in already or disabled, or who asks may not invite.</exception>
    public static Task<List<Invite>> SendAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyCollection<Id<User>> userIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) => DoAsync(db, actor, async organization =>
    {
        RefuseTooMany(userIds.Count);
        var users = await db.People.Where(user => userIds.Contains(user.Id)).ToListAsync(cancellationToken);
        var open = await db.Invites.Open().Where(invite => userIds.Contains(invite.UserId)).ToListAsync(cancellationToken);
        return userIds.Distinct()
            .Select(id => users.Find(user => user.Id == id))
            .OfType<User>()
            .Select(user => open.Find(invite => invite.UserId == user.Id) is { } invite
                ? Resend(db, invite, organization, now)
                : Send(db, user, actor.UserId, organization, now))
            .ToList();
    }, cancellationToken);

    private static Task<T> DoAsync<T>(
        SafetyCenterDb db, Actor actor, Func<Organization, Task<T>> action, CancellationToken cancellationToken) =>
        PeopleLock.DoAsync(
            db,
            actor,
            MayInvite,
            organization => May(actor, organization)
                ? action(organization)
                : throw RefusedException.Forbidden("Forbidden: in this organization only admins invite people."),
            cancellationToken);

    private static void RefuseTooMany(int count)
    {
        if (count > AtOnceMax)
        {
            throw RefusedException.Invalid($"At most {AtOnceMax} at once; these are {count}.");
        }
    }

    private static Invite Send(
        SafetyCenterDb db, User user, Id<User> by, Organization organization, DateTimeOffset now)
    {
        var invite = new Invite(user, by, organization.Policies.InviteLifetime, now);
        db.Add(invite);
        return Write(db, invite, now);
    }

    internal static Invite Resend(SafetyCenterDb db, Invite invite, Organization organization, DateTimeOffset now)
    {
        invite.Resend(organization.Policies.InviteLifetime, now);
        return Write(db, invite, now);
    }

    private static Invite Write(SafetyCenterDb db, Invite invite, DateTimeOffset now)
    {
        db.Add(new Email(
            invite.OrganizationId,
            EmailKind.Invitation,
            invite.Id.Value,
            invite.User.Email,
            EventKeyOf(invite.Stamp),
            now));
        return invite;
    }

    /// <summary>What the email of an invite's present link is known by in the outbox.</summary>
    public static string EventKeyOf(Guid stamp) => EventKeyPrefix + stamp;

    private static (Invitee? Invitee, string Reason) Read(string entry)
    {
        try
        {
            return (Invitee.Read(entry), "");
        }
        catch (RefusedException refused)
        {
            return (null, refused.Message);
        }
    }

    internal static bool IsAllowed(Organization organization, string email) =>
        !organization.Policies.EnforcesAllowedDomains
        || organization.Policies.AllowedDomains.Contains(email[(email.LastIndexOf('@') + 1)..]);
}
