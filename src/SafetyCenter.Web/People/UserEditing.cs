using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>What a user is to be after an edit, all of it.</summary>
/// <param name="Name">The name; blank for none.</param>
/// <param name="Title">The title; blank for none.</param>
/// <param name="Email">The address.</param>
/// <param name="IsDisabled">Whether they are stopped.</param>
/// <param name="RoleIds">The roles.</param>
public sealed record UserEdit(
    string? Name, string? Title, string Email, bool IsDisabled, IReadOnlyCollection<Id<Role>> RoleIds)
{
    /// <summary>A user as they are, to change from.</summary>
    public static UserEdit Of(User user) => new(
        user.Name,
        user.Title,
        user.Email,
        user.Status == UserStatus.Disabled,
        [.. user.Roles.Select(role => role.Id)]);
}

/// <summary>Changes several things about a user at once, in one transaction: all of them, or none.</summary>
public static class UserEditing
{
    /// <summary>Edits a user.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who edits.</param>
    /// <param name="id">The user.</param>
    /// <param name="edit">Says what they are to be, from what they are.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">Any of it cannot be; nothing was changed then.</exception>
    public static Task<User?> EditAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        Func<UserEdit, UserEdit> edit,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.ChangeAsync(
        db,
        actor,
        id,
        async user =>
        {
            var before = UserEdit.Of(user);
            var after = edit(before);
            user.Describe(after.Name, after.Title, now);
            if (after.Email != before.Email)
            {
                await Describing.ChangeEmailAsync(db, actor, user, Text.Email(after.Email), now, cancellationToken);
            }

            if (!before.RoleIds.ToHashSet().SetEquals(after.RoleIds))
            {
                await RoleChange.GiveAsync(db, actor, user, after.RoleIds, now, cancellationToken);
            }

            if (after.IsDisabled && !before.IsDisabled)
            {
                await UserStanding.StopAsync(db, actor, user, now, cancellationToken);
            }
            else if (!after.IsDisabled)
            {
                user.Enable(now);
            }
        },
        cancellationToken);
}
