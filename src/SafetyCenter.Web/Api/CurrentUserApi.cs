using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>Whoever calls, about themselves, as Datadog's v2 API has it.</summary>
internal static class CurrentUserApi
{
    /// <summary>Maps it.</summary>
    public static void MapCurrentUser(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/current_user", GetAsync).Requires();
        routes.MapPatch("/current_user", UpdateAsync).Requires();
    }

    private static async Task<IResult> GetAsync(SafetyCenterDb db, Actor actor, CancellationToken cancellationToken) =>
        ApiAnswer.Ok((await UserDocument.OneAsync(db, actor, actor.UserId, cancellationToken))!);

    private static async Task<IResult> UpdateAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        // No role grants this to a person, who may always; a credential that is limited may only with the scope.
        if (!Scope.Covers(actor.Scopes, Permission.UserSelfProfileWrite))
        {
            throw RefusedException.Forbidden(
                $"Forbidden: this call needs {Permission.UserSelfProfileWrite} among the scopes of the credential.");
        }

        var body = (await ApiBody.ReadAsync(request, UsersApi.Type)).About(actor.UserId, UsersApi.OtherId);
        if (body.Flag("disabled") is true)
        {
            throw RefusedException.Forbidden("Nobody can disable themselves. Ask another admin.");
        }

        if (body.Text("email") is { } email && Text.Email(email) != actor.User.Email)
        {
            throw RefusedException.Invalid("Nobody can change their own address here.", "email");
        }

        var user = await db.People.SingleAsync(user => user.Id == actor.UserId, cancellationToken);
        user.Describe(
            body.Has("name") ? body.Text("name") : user.Name,
            body.Has("title") ? body.Text("title") : user.Title,
            time.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        return await GetAsync(db, actor, cancellationToken);
    }
}
