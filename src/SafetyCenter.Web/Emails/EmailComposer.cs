using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Emails;

/// <summary>Makes the words of each kind of email, from what is true when it is sent.</summary>
public sealed partial class EmailComposer(SafetyCenterDb db, EmailLinks links, Installation installation, TimeProvider time)
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>The email, ready to be sent; null when what it is about is gone.</summary>
    public async Task<EmailMessage?> ComposeAsync(Email email, CancellationToken cancellationToken)
    {
        if (email.OrganizationId is null)
        {
            return await ForLoginAsync(email, cancellationToken);
        }

        var organization = await db.Organizations.AsNoTracking()
            .SingleAsync(organization => organization.Id == email.OrganizationId, cancellationToken);
        var words = email.Kind switch
        {
            EmailKind.LeakFound or EmailKind.OwnKeyLeaked or EmailKind.LeakAgain =>
                await LeakFoundAsync(email, organization, cancellationToken),
            EmailKind.LeakClosed => await LeakClosedAsync(email, organization, cancellationToken),
            EmailKind.LeakOverdue => await LeakOverdueAsync(email, organization, cancellationToken),
            EmailKind.LeakWoken => await LeakWokenAsync(email, organization, cancellationToken),
            EmailKind.MorePlaces => await MorePlacesAsync(email, organization, cancellationToken),
            EmailKind.RevocationRefused => await RevocationRefusedAsync(email, organization, cancellationToken),
            EmailKind.MoreLeaks => await MoreLeaksAsync(organization, cancellationToken),
            EmailKind.LeakDismissed => await LeakDismissedAsync(email, organization, cancellationToken),
            EmailKind.VerifyContact => await VerifyContactAsync(email, organization, cancellationToken),
            EmailKind.ContactsChanged => ContactsChanged(email, organization),
            EmailKind.ContactsDue => ContactsDue(organization),
            EmailKind.Test => Test(organization),
            EmailKind.Invitation => await InvitationAsync(email, organization, cancellationToken),
            EmailKind.CredentialEnds => await CredentialEndsAsync(email, organization, cancellationToken),
            EmailKind.OwnCredentialRevoked => await CredentialRevokedAsync(email, organization, cancellationToken),
            EmailKind.AccountCredentialMade => await CredentialMadeAsync(email, organization, cancellationToken),
            EmailKind.ServiceAccountDisabled => await AccountDisabledAsync(email, organization, cancellationToken),
            EmailKind.TokenReplayed or EmailKind.OwnTokenReplayed =>
                await TokenReplayedAsync(email, organization, cancellationToken),
            EmailKind.AppApprovalAsked => await ApprovalAskedAsync(email, organization, cancellationToken),
            EmailKind.AppApproved => await AppApprovedAsync(email, organization, cancellationToken),
            _ => throw new InvalidOperationException($"There is no email of the kind {email.Kind}."),
        };
        return Message(email, organization.Name, words);
    }

    private EmailMessage? Message(Email email, string from, (string, EmailText)? words) => words is not var (subject, text)
        ? null
        : new EmailMessage(
            $"<{email.Id}@{installation.PublicUrl.IdnHost}>",
            email.Recipient,
            Header($"[{from}] {subject}"),
            text.Text,
            text.Html)
        {
            Date = email.CreatedAt,
            Headers = Thread([.. IsAboutAlert(email.Kind) ? [email.SubjectId] : Array.Empty<Guid>(), .. text.Subjects]),
        };

    // No message has this id: whatever an alert is told in, be it the first or only the last of it, answers the same one, so
    // that mail programs show all of it together (RFC 5322, section 3.6.4).
    private Dictionary<string, string> Thread(IReadOnlyCollection<Guid> alerts)
    {
        var ids = string.Join(' ', alerts.Select(alert => $"<alert.{alert}@{installation.PublicUrl.IdnHost}>"));
        return alerts.Count == 0 ? [] : new() { ["In-Reply-To"] = ids, ["References"] = ids };
    }

    private static bool IsAboutAlert(EmailKind kind) => kind
        is EmailKind.LeakClosed or EmailKind.LeakOverdue or EmailKind.LeakDismissed or EmailKind.LeakWoken
        or EmailKind.RevocationRefused or EmailKind.TokenReplayed or EmailKind.OwnTokenReplayed;

    private async Task<(string, EmailText)?> VerifyContactAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var contactId = new Id<SecurityContact>(email.SubjectId);
        var contact = await db.SecurityContacts.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(contact => contact.Id == contactId, cancellationToken);
        return contact is not { VerifiedAt: null } ? null : ("Is this security contact yours?", new EmailText()
            .Heading("Is this address yours?")
            .Say($"{organization.Name} wants to write to {contact.Email} when one of its keys leaks. Follow the link and "
                + "press the button there to say that you read this mailbox.")
            .Link("Verify this address", links.ToVerify(contact))
            .Say("If you do not know this organization, do nothing. Until it is verified, the organization's admins see "
                + "that it is not."));
    }

    private (string, EmailText) ContactsChanged(Email email, Organization organization)
    {
        var details = (email.Details ?? "\n\n").Split('\n');
        return ("Security contacts changed", new EmailText()
            .Heading("The security contacts changed")
            .Facts(
                ("Changed by", details[0]),
                ("Before", details[1] is { Length: > 0 } before ? before : "nobody"),
                ("Now", details[2] is { Length: > 0 } after ? after : "nobody: security emails go to all admins"))
            .Say("If you did not expect this, look at it: who gets these emails hears first of a leaked key.")
            .Link("Security contacts", LinkTo(organization, "configuration")));
    }

    private (string, EmailText) ContactsDue(Organization organization) =>
        ("Are your security contacts still right?", new EmailText()
            .Heading("Are your security contacts still right?")
            .Say("Nobody has confirmed them for six months, or none is set. When a key leaks, these are the people we "
                + "write to.")
            .Link("Look at them and confirm", LinkTo(organization, "configuration")));

    private (string, EmailText) Test(Organization organization) =>
        ("This is a test", new EmailText()
            .Heading("This is a test")
            .Say($"An admin of {organization.Name} tries whether security emails reach you. They do.")
            .Link("Security contacts", LinkTo(organization, "configuration")));

    // Names of organizations and keys cannot hold control characters; a subject must not either.
    private static string Header(string text) => string.Concat(text.Where(c => !char.IsControl(c)));

    private string LinkTo(Organization organization, string place) =>
        installation.LinkTo($"/o/{organization.Slug}/safety-center/{place}");
}
