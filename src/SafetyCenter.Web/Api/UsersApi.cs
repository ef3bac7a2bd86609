using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Users, as Datadog's v2 API has them: people and service accounts, whatever their standing. Nobody is ever deleted; the
/// method that is called so disables.
/// </summary>
internal static class UsersApi
{
    /// <summary>The type of the resource.</summary>
    public const string Type = "users";

    /// <summary>What Datadog says to a body about another user than the address.</summary>
    public const string OtherId = "UUID's in the URL and request body do not match";

    private const int SizeDefault = 10;

    // A user has no number of users: Datadog documents user_count for this list, too, and we take it for name.
    private static readonly string[] Sorts = ["name", "email", "modified_at", "user_count"];

    /// <summary>Maps it.</summary>
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users");
        users.MapGet("", ListAsync).Requires(Permission.UserAccessRead);
        users.MapPost("", CreateAsync).Requires(Permission.UserAccessInvite);
        users.MapGet("/{id}", GetAsync).Requires(Permission.UserAccessRead);
        users.MapPatch("/{id}", UpdateAsync).Requires(Permission.UserAccessManage, Permission.ServiceAccountWrite);
        users.MapDelete("/{id}", DisableAsync).Requires(Permission.UserAccessManage, Permission.ServiceAccountWrite);
    }

    /// <summary>There is no such user here.</summary>
    public static IResult NotFound(Id<User> id) => ApiAnswer.NotFound(id == default ? "User" : id.ToString());

    private static async Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts, SizeDefault);
        var filtered = Filtered(db.People, query);
        var total = await db.People.CountAsync(cancellationToken);
        var totalFiltered = await filtered.CountAsync(cancellationToken);
        var page = Sorted(filtered, query).Skip(query.Skip).Take(query.Size);
        var (data, included) = await UserDocument.ManyAsync(db, actor, page, cancellationToken);
        return ApiAnswer.Ok(new
        {
            data,
            included,
            meta = new { page = new { total_count = total, total_filtered_count = totalFiltered } },
        });
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadAsync(request, Type);
        if (body.Flag("service_account") is true)
        {
            throw RefusedException.Invalid("Service accounts are made at /api/v2/service_accounts.", "service_account");
        }

        var user = await Inviting.AddPendingAsync(
            db,
            actor,
            body.Text("email"),
            body.Text("name"),
            body.Text("title"),
            [.. body.RelatedIds("roles", "roles").Select(id => Id<Role>.Parse(id, null))],
            time.GetUtcNow(),
            cancellationToken);
        return ApiAnswer.Created((await UserDocument.OneAsync(db, actor, user.Id, cancellationToken))!);
    }

    private static async Task<IResult> GetAsync(
        Id<User> id, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken) =>
        await UserDocument.OneAsync(db, actor, id, cancellationToken) is { } document
            ? ApiAnswer.Ok(document)
            : NotFound(id);

    private static async Task<IResult> UpdateAsync(
        Id<User> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await db.People.AnyAsync(user => user.Id == id, cancellationToken))
        {
            return NotFound(id);
        }

        var body = (await ApiBody.ReadAsync(request, Type)).About(id, OtherId);
        await UserEditing.EditAsync(
            db,
            actor,
            id,
            user => user with
            {
                Name = body.Has("name") ? body.Text("name") : user.Name,
                Title = body.Has("title") ? body.Text("title") : user.Title,
                Email = body.Text("email") ?? user.Email,
                IsDisabled = body.Flag("disabled") ?? user.IsDisabled,
            },
            time.GetUtcNow(),
            cancellationToken);
        return await GetAsync(id, db, actor, cancellationToken);
    }

    private static async Task<IResult> DisableAsync(
        Id<User> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await db.People.AnyAsync(user => user.Id == id && user.DisabledAt == null, cancellationToken))
        {
            return NotFound(id);
        }

        await UserStanding.DisableAsync(db, actor, id, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static IQueryable<User> Filtered(IQueryable<User> users, ListQuery query)
    {
        if (query.Filter is { } text)
        {
            var pattern = ListQuery.Like(text);
            var handle = Id<User>.Parse(text, null);
            users = users.Where(user => EF.Functions.ILike(user.Name!, pattern, "\\")
                || EF.Functions.ILike(user.Email, pattern, "\\")
                || (user.Id == handle && user.IsServiceAccount));
        }

        if (query.Text("filter[status]") is not { } list)
        {
            return users;
        }

        var wanted = list.Split(',', StringSplitOptions.TrimEntries).Select(StatusOf).ToHashSet();
        var (active, pending, disabled) = (
            wanted.Contains(UserStatus.Active), wanted.Contains(UserStatus.Pending), wanted.Contains(UserStatus.Disabled));
        return users.Where(user => user.DisabledAt != null ? disabled
            : user.LoginId == null && !user.IsServiceAccount ? pending
            : active);
    }

    private static UserStatus StatusOf(string name) =>
        Enum.GetValues<UserStatus>().Cast<UserStatus?>()
            .FirstOrDefault(status => string.Equals(status.ToString(), name, StringComparison.OrdinalIgnoreCase))
        ?? throw RefusedException.Invalid(
            $"filter[status] can hold {string.Join(", ", Enum.GetNames<UserStatus>())}, with commas between.", "filter[status]");

    // The id decides between equals, so that pages never overlap.
    private static IQueryable<User> Sorted(IQueryable<User> users, ListQuery query)
    {
        return query.Sort switch
        {
            "email" => By(user => user.Email),
            "modified_at" => By(user => user.ModifiedAt ?? user.CreatedAt),
            _ => By(user => user.Name ?? user.Email),
        };

        IQueryable<User> By<TKey>(Expression<Func<User, TKey>> key) => query.Descending
            ? users.OrderByDescending(key).ThenByDescending(user => user.Id)
            : users.OrderBy(key).ThenBy(user => user.Id);
    }
}
