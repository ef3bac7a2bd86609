using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Whether a revocation can be taken back, in a sentence: before it is made, and after.</summary>
internal static class UndoWords
{
    /// <summary>What will be possible after a revocation that is made now.</summary>
    public static string Before(Organization organization, bool hasLeaked, DateTimeOffset now) =>
        hasLeaked ? "You cannot undo this: it was seen in public, so it stays revoked."
        : organization.UndoDays == 0 ? "You cannot undo this: this organization does not let revocations be undone."
        : $"You can undo this until {Moment.Exact(now + organization.UndoWindow)}.";

    /// <summary>What to say once a revocation was taken back.</summary>
    public static string Done(Credential credential) => credential is OAuthGrant
        ? $"Brought back what “{credential.Name}” may do. Its tokens work again as far as they have not expired."
        : $"Brought back “{credential.Name}”. The same secret works again.";

    /// <summary>What is possible with something that is revoked.</summary>
    public static string After(Credential credential, Organization organization, bool hasLeaked, DateTimeOffset now) =>
        credential.UndoableUntil(organization.UndoWindow, hasLeaked) is { } until
            ? now < until
                ? $"You can undo this until {Moment.Exact(until)}."
                : $"This could be undone until {Moment.Exact(until)}. {Instead(credential)}"
            : hasLeaked || credential.RevokedBecause == RevocationReason.Leaked
                ? $"It was seen in public, so it stays revoked. {Instead(credential)}"
                : credential.RevokedBecause switch
                {
                    RevocationReason.OwnerDisabled =>
                        $"It was revoked because its owner was disabled, which cannot be undone. {Instead(credential)}",
                    RevocationReason.Expired => "It has expired, which cannot be undone. Make a new one.",
                    RevocationReason.AppDisabled =>
                        "It comes back when the disabling of the app is undone in time. Otherwise the app needs new consent.",
                    RevocationReason.AppDeleted or RevocationReason.ScopeRemoved or RevocationReason.ReturnedByApp
                        or RevocationReason.Replayed => $"That cannot be undone. {Instead(credential)}",
                    _ => $"This organization does not let revocations be undone. {Instead(credential)}",
                };

    private static string Instead(Credential credential) =>
        credential is OAuthGrant ? "The app needs new consent." : "Make a new one.";
}
