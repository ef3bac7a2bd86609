using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Why a credential ended, for its page.</summary>
internal static class EndWords
{
    /// <summary>"because nobody used it".</summary>
    public static string Because(Credential credential) => credential.RevokedBecause switch
    {
        RevocationReason.Leaked => "because it was found in public",
        RevocationReason.Unused => "because nobody used it",
        RevocationReason.OwnerDisabled => "because its owner was disabled",
        RevocationReason.Expired => "because its end had come",
        RevocationReason.Rotated => "because another one took its place",
        RevocationReason.AppDisabled => "because its app was disabled",
        RevocationReason.AppDeleted => "because its app was deleted",
        RevocationReason.ScopeRemoved => "because a scope was taken from its app",
        RevocationReason.ReturnedByApp => "because the app gave it back",
        RevocationReason.Replayed => "because a code or token of it was used twice",
        _ => "by hand",
    };
}
