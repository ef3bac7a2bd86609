using SafetyCenter.Core.Users;
using SafetyCenter.Web.Pages.Shared;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Whether somebody may come in, and the action that changes it: the same for people and service accounts.</summary>
/// <param name="Person">The user.</param>
/// <param name="Keys">How many active keys and tokens end when they are disabled.</param>
/// <param name="Apps">For how many apps the same is true: they act for them.</param>
/// <param name="MayManage">Whether who looks may change it.</param>
/// <param name="IsSelf">Whether it is about who looks.</param>
/// <param name="Slug">Of the organization.</param>
public sealed record Standing(User Person, int Keys, int Apps, bool MayManage, bool IsSelf, string Slug)
{
    /// <summary>The page that enables and disables, which is the same for all.</summary>
    public string Acts => $"/o/{Slug}/organization-settings/users/{Person.Id}";

    /// <summary>What ends when they are disabled, in words; null when nothing does.</summary>
    public string? Ends => (Keys, Apps) switch
    {
        (0, 0) => null,
        (0, _) => $"The access of {Apps.Of("app")}",
        (_, 0) => Keys.Of("key or token", "keys and tokens"),
        _ => $"{Keys.Of("key or token", "keys and tokens")} and the access of {Apps.Of("app")}",
    };

    /// <summary>The page about a user.</summary>
    public static string PageOf(User user, string slug) =>
        $"/o/{slug}/organization-settings/{(user.IsServiceAccount ? "service-accounts" : "users")}/{user.Id}";

    /// <summary>What to say when somebody was disabled.</summary>
    public static string Disabled(User user) => user.IsServiceAccount
        ? $"Disabled {user.DisplayName}. Its application keys and tokens are revoked, and {user.Email} is told."
        : $"Disabled {user.DisplayName}. They cannot come in any more, and their application keys and tokens are revoked.";

    /// <summary>What to say when somebody was enabled.</summary>
    public static string Enabled(User user) => user.Status == UserStatus.Pending
        ? $"Enabled {user.DisplayName}. They have never come, and no invite of theirs is open: send one."
        : $"Enabled {user.DisplayName}. Their old application keys and tokens stay revoked; new ones can be made.";
}
