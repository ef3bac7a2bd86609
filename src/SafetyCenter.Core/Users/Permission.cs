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

    /// <summary>Invite people.</summary>
    public const string UserAccessInvite = "user_access_invite";

    /// <summary>Change people's roles, disable them.</summary>
    public const string UserAccessManage = "user_access_manage";
}
