namespace SafetyCenter.Core.Audit;

/// <summary>
/// Which entries of the trail tell of something that, of the managed roles, only Datadog Admin allows: whoever never does any
/// of it does not need to be an admin.
/// </summary>
/// <remarks>
/// Inviting, one's own keys and client tokens are absent, because Standard allows them. An entry does not say which permission
/// was used, so what Standard allows in part (changing others' application keys) is left out, too: rather too few than too many.
/// </remarks>
public static class AdminActions
{
    // api_keys_write, api_keys_delete, service_account_write, user_access_manage, org_management.
    private static readonly string[] Assets = ["api_key", "service_access_token", "role", "organization"];

    private static readonly string[] OnUsers = ["roles_changed", "disabled", "enabled"];

    /// <summary>Only those.</summary>
    public static IQueryable<AuditEvent> OfAdmins(this IQueryable<AuditEvent> events) => events.Where(
        row => Assets.Contains(row.AssetType) || (row.AssetType == "user" && OnUsers.Contains(row.Name)));

    /// <summary>What was done, for people: "API key created".</summary>
    public static string Words(string assetType, string name) =>
        $"{(assetType == "api_key" ? "API key" : assetType.Replace('_', ' '))} {name.Replace('_', ' ')}";
}
