using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Links that prove that somebody reads a mailbox. Nothing is stored for them: they are protected by the keys that
/// protect cookies, and name what they are about.
/// </summary>
public sealed class EmailLinks(IDataProtectionProvider protection, Installation installation)
{
    private readonly IDataProtector _contacts = protection.CreateProtector("verify-contact");
    private readonly IDataProtector _invites = protection.CreateProtector("invitation");
    private readonly IDataProtector _resets = protection.CreateProtector("reset-password");

    /// <summary>The link that verifies a contact.</summary>
    public string ToVerify(SecurityContact contact) =>
        installation.LinkTo($"/contacts/verify/{_contacts.Protect($"{contact.Id}|{contact.Email}")}");

    /// <summary>Which contact a token of such a link names, and its address then; null when it is no token of ours.</summary>
    public (Id<SecurityContact> Id, string Email)? ReadContact(string token) =>
        Read(_contacts, token) is [var id, var email] ? (Id<SecurityContact>.Parse(id, null), email) : null;

    /// <summary>The link that accepts an invite; resending the invite ends it.</summary>
    public string ToAccept(Invite invite) =>
        installation.LinkTo($"/invitations/{_invites.Protect($"{invite.Id}|{invite.Stamp}")}");

    /// <summary>Which invite a token names, and its stamp then; null when it is no token of ours.</summary>
    public (Id<Invite> Id, Guid Stamp)? ReadInvite(string token) =>
        Read(_invites, token) is [var id, var stamp] && Guid.TryParse(stamp, out var value)
            ? (Id<Invite>.Parse(id, null), value)
            : null;

    /// <summary>The link that chooses a new password; setting one by any path ends it.</summary>
    /// <param name="loginId">Whose.</param>
    /// <param name="stamp">What changes with the password.</param>
    /// <param name="until">When it ends by itself.</param>
    public string ToReset(Guid loginId, string stamp, DateTimeOffset until) =>
        installation.LinkTo($"/reset-password/{_resets.Protect($"{loginId}|{until.UtcTicks}|{stamp}")}");

    /// <summary>Which login a token names, its stamp then, and when it ends; null when it is no token of ours.</summary>
    public (Guid LoginId, string Stamp, DateTimeOffset Until)? ReadReset(string token) =>
        Read(_resets, token, parts: 3) is [var id, var until, var stamp]
            ? (Guid.Parse(id), stamp, new DateTimeOffset(
                long.Parse(until, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero))
            : null;

    private static string[]? Read(IDataProtector protector, string token, int parts = 2)
    {
        try
        {
            return protector.Unprotect(token).Split('|', parts);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
