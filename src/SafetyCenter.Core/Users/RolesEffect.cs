namespace SafetyCenter.Core.Users;

/// <summary>What somebody may more, and what less, once they hold other roles. What matters most comes first.</summary>
/// <param name="Gained">The permissions they did not have.</param>
/// <param name="Lost">The permissions they will not have any more.</param>
public sealed record RolesEffect(IReadOnlyList<string> Gained, IReadOnlyList<string> Lost)
{
    /// <summary>Compares what the roles grant together: what is lost with one role and kept by another is not lost.</summary>
    public static RolesEffect Of(IEnumerable<Role> before, IEnumerable<Role> after)
    {
        var had = before.SelectMany(role => role.Permissions).ToHashSet();
        var has = after.SelectMany(role => role.Permissions).ToHashSet();
        return new RolesEffect(InOrder(has.Except(had)), InOrder(had.Except(has)));
    }

    /// <summary>Permissions as a sentence holds them: "api_keys_write (+12 more)".</summary>
    public static string Words(IReadOnlyList<string> permissions) => permissions.Count switch
    {
        0 => "nothing",
        1 => permissions[0],
        var count => $"{permissions[0]} (+{count - 1} more)",
    };

    /// <summary>Permissions, those that matter most first: being an admin, then those that change something.</summary>
    public static IReadOnlyList<string> InOrder(IEnumerable<string> permissions) =>
    [
        .. permissions
            .OrderByDescending(name => name == Permission.OrgManagement)
            .ThenByDescending(PermissionCatalogue.Writing.Contains)
            .ThenBy(name => name, StringComparer.Ordinal),
    ];
}
