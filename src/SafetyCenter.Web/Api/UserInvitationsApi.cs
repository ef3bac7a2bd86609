using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Invites, as Datadog's v2 API has them: it makes users first and writes to them afterwards. Writing again is sending the
/// invite again. Ours beside Datadog's: <c>status</c>.
/// </summary>
internal static class UserInvitationsApi
{
    private const string Type = "user_invitations";

    /// <summary>Maps it.</summary>
    public static void MapUserInvitations(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/user_invitations", SendAsync).Requires(Permission.UserAccessInvite);
        routes.MapGet("/user_invitations/{id}", GetAsync).Requires(Permission.UserAccessInvite);
        routes.MapDelete("/users/{id}/invitations", WithdrawAsync).Requires(Permission.UserAccessInvite);
    }

    private static async Task<IResult> SendAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var ids = (await ApiBody.ReadListAsync(request, Type))
            .Select(invitation => Id<User>.Parse(invitation.RelatedId("user", UsersApi.Type), null))
            .Distinct()
            .ToList();
        if (ids.Count == 0)
        {
            throw RefusedException.Invalid("Name at least one user.", "data");
        }

        var known = await db.People.Where(user => ids.Contains(user.Id)).Select(user => user.Id).ToListAsync(cancellationToken);
        if (ids.Except(known).ToList() is [var unknown, ..])
        {
            throw RefusedException.Invalid($"There is no user {unknown}. Nobody was invited.", "data");
        }

        var now = time.GetUtcNow();
        var invites = await Inviting.SendAsync(db, actor, ids, now, cancellationToken);
        return ApiAnswer.Created(new
        {
            data = invites.Select(invite => Resource(invite, invite.StatusAt(now, InviteDelivery.Queued))),
        });
    }

    private static async Task<IResult> GetAsync(
        Id<Invite> id, SafetyCenterDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        var invite = await db.Invites.AsNoTracking()
            .SingleOrDefaultAsync(invite => invite.Id == id && invite.WithdrawnAt == null, cancellationToken);
        if (invite is null)
        {
            return ApiAnswer.NotFound(id == default ? "Invitation" : id.ToString());
        }

        var eventKey = Inviting.EventKeyOf(invite.Stamp);
        var email = await db.Emails.AsNoTracking()
            .SingleOrDefaultAsync(email => email.EventKey == eventKey, cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = Resource(invite, invite.StatusAt(time.GetUtcNow(), InviteRow.DeliveryOf(email))),
        });
    }

    private static async Task<IResult> WithdrawAsync(
        Id<User> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var pending = await db.Invites.Open().Where(invite => invite.UserId == id).Select(invite => invite.Id)
            .ToListAsync(cancellationToken);
        if (pending.Count == 0)
        {
            return ApiAnswer.NotFound(id == default ? "User" : $"A pending invitation of {id}");
        }

        await Inviting.WithdrawAsync(db, actor, pending, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static object Resource(Invite invite, InviteStatus status) => new
    {
        type = Type,
        id = invite.Id.ToString(),
        attributes = new
        {
            uuid = invite.Id.ToString(),
            login_method = (string?)null,
            invite_type = invite.TimesSent > 1 ? "basic_reminder" : "basic_invite",
            created_at = Wire.Time(invite.SentAt),
            expires_at = Wire.Time(invite.ExpiresAt),
            status = status.ToString().ToLowerInvariant(),
        },
        relationships = new { user = Wire.To<User>(UsersApi.Type, invite.UserId) },
    };
}
