namespace SafetyCenter.Core.Users;

/// <summary>The permissions that our own pages and endpoints ask for, by their Datadog names.</summary>
public static class Permission
{
    /// <summary>The Safety Center and the organization itself. Who has it is an admin.</summary>
    public const string OrgManagement = "org_management";

    /// <summary>See API keys.</summary>
    public const string ApiKeysRead = "api_keys_read";

    /// <summary>Make and rename API keys.</summary>
    public const string ApiKeysWrite = "api_keys_write";

    /// <summary>Revoke API keys.</summary>
    public const string ApiKeysDelete = "api_keys_delete";

    /// <summary>Make, see, change and revoke one's own application keys and access tokens.</summary>
    public const string UserAppKeys = "user_app_keys";

    /// <summary>See everybody's application keys and access tokens.</summary>
    public const string OrgAppKeysRead = "org_app_keys_read";

    /// <summary>Change and revoke everybody's application keys and access tokens.</summary>
    public const string OrgAppKeysWrite = "org_app_keys_write";

    /// <summary>See client tokens.</summary>
    public const string ClientTokensRead = "client_tokens_read";

    /// <summary>Make, rename and revoke client tokens.</summary>
    public const string ClientTokensWrite = "client_tokens_write";

    /// <summary>Make service accounts, and manage their keys and tokens.</summary>
    public const string ServiceAccountWrite = "service_account_write";

    /// <summary>Read the audit trail.</summary>
    public const string AuditLogsRead = "audit_logs_read";

    /// <summary>See users and roles. All managed roles hold it; it is absent from the published list.</summary>
    public const string UserAccessRead = "user_access_read";

    /// <summary>Invite people.</summary>
    public const string UserAccessInvite = "user_access_invite";

    /// <summary>Change people's roles, disable them.</summary>
    public const string UserAccessManage = "user_access_manage";

    /// <summary>See OAuth apps and whom they act for; absent from the published list.</summary>
    public const string OrgAuthorizedAppsRead = "org_authorized_apps_read";

    /// <summary>
    /// Register, disable and delete OAuth apps, and end what users let them do; absent from the published list.
    /// </summary>
    public const string OrgAuthorizedAppsWrite = "org_authorized_apps_write";

    /// <summary>
    /// Say what one is called oneself. Everybody may, so no role grants it; it is a scope, which limited credentials need.
    /// </summary>
    public const string UserSelfProfileWrite = "user_self_profile_write";

    /// <summary>Everything that any credential can need for being seen: for pages and endpoints that serve all kinds.</summary>
    public static IReadOnlyList<string> AnyCredentialRead { get; } =
    [
        ApiKeysRead, ClientTokensRead, UserAppKeys, OrgAppKeysRead, OrgAppKeysWrite, ServiceAccountWrite,
        OrgAuthorizedAppsRead, OrgAuthorizedAppsWrite,
    ];
}
