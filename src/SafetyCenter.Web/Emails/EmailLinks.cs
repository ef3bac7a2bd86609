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

    private static string[]? Read(IDataProtector protector, string token)
    {
        try
        {
            return protector.Unprotect(token).Split('|', 2);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
