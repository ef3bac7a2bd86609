namespace SafetyCenter.Core.Users;

/// <summary>Questions about users, as expressions that the database answers.</summary>
public static class UserQueries
{
    /// <summary>People who can sign in: no service accounts, nobody pending, nobody disabled.</summary>
    public static IQueryable<User> ActivePeople(this IQueryable<User> users) =>
        users.Where(user => user.DisabledAt == null && user.LoginId != null && !user.IsServiceAccount);

    /// <summary>Active people whose roles grant <see cref="Permission.OrgManagement"/>.</summary>
    public static IQueryable<User> Admins(this IQueryable<User> users) =>
        users.ActivePeople().Where(user => user.Roles.Any(role => role.Permissions.Contains(Permission.OrgManagement)));

    /// <summary>Those who stand so; see <see cref="User.Status"/>.</summary>
    public static IQueryable<User> WithStatus(this IQueryable<User> users, UserStatus status) => status switch
    {
        UserStatus.Disabled => users.Where(user => user.DisabledAt != null),
        UserStatus.Pending => users.Where(user => user.DisabledAt == null && user.LoginId == null && !user.IsServiceAccount),
        _ => users.Where(user => user.DisabledAt == null && (user.LoginId != null || user.IsServiceAccount)),
    };
}
