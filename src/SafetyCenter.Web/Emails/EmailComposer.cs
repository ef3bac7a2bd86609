using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Emails;

/// <summary>Makes the words of each kind of email, from what is true when it is sent.</summary>
public sealed partial class EmailComposer(SafetyCenterDb db, EmailLinks links, Installation installation, TimeProvider time)
{
    /// <summary>How many keys and places one email lists before it says how many more there are.</summary>
    private const int ListedMax = 20;

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
        };

    private async Task<(string, EmailText)?> LeakFoundAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var reportId = new Id<LeakReport>(email.SubjectId);
        var reported = db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking()
            .Include(alert => alert.Credential)
            .Where(alert => alert.OrganizationId == organization.Id && (email.Kind == EmailKind.LeakAgain
                ? alert.Events.Any(happened =>
                    happened.ReportId == reportId && happened.Kind != AlertEventKind.Raised)
                : alert.RaisedByReportId == reportId));

        // The owner of a key is no admin: they read of their own keys alone, and cannot open the alert.
        var isForOwner = email.Kind == EmailKind.OwnKeyLeaked;
        var alerts = await (isForOwner ? OwnedBy(reported, email.Recipient) : reported)
            .OrderBy(alert => alert.Id)
            .Take(ListedMax + 1)
            .ToListAsync(cancellationToken);
        if (alerts.Count == 0)
        {
            return null;
        }

        var listed = alerts.Take(ListedMax).ToList();
        var ids = listed.Select(alert => alert.Id).ToArray();
        var places = (await db.Occurrences.IgnoreQueryFilters(Filter).AsNoTracking()
            .Where(occurrence => ids.Contains(occurrence.AlertId))
            .OrderBy(occurrence => occurrence.FirstSeenAt)
            .Select(occurrence => new { occurrence.AlertId, occurrence.Place })
            .Take(ListedMax * ListedMax)
            .ToListAsync(cancellationToken)).ToLookup(row => row.AlertId, row => row.Place);

        var first = alerts[0];
        var isOne = alerts.Count == 1;
        var what = isOne ? $"{first.KindName} “{first.Credential.Name}”" : $"{Count(alerts.Count)} keys";
        var text = new EmailText()
            .Heading(isOne ? $"{what} was found in public" : $"{what} were found in public")
            .Say($"GitHub reported it to the Safety Center of {organization.Name}. Whoever reads the place can use it "
                + "until it is revoked. Deleting the file does not help: somebody may have copied it already.");
        foreach (var alert in listed)
        {
            text.Facts(
            [
                ("Key", $"{alert.Credential.Name} ({alert.KindName}, ends in {alert.Credential.Last4})"),
                ("State", alert.Credential.RevokedAt is { } revoked
                    ? $"already revoked at {Moment.Exact(revoked)}"
                    : "still active"),
                ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"),
                .. PlacesOf(places[alert.Id]),
            ]);
            if (!isForOwner)
            {
                text.Link("Look at it and revoke it", LinkTo(organization, $"alerts/{alert.Id}"));
            }
        }

        if (isForOwner)
        {
            text.Say("This is your key. The admins have been told, too: ask one of them to revoke it.");
        }
        else if (alerts.Count > ListedMax)
        {
            text.Link("All of them", LinkTo(organization, "alerts"));
        }

        text.Say("What to do:").Steps(LeakSteps.All.Select(step => step.Words))
            .Say("If something breaks because of a revoked key, make a new key and give it to that service.");
        return (isOne ? $"{what} was found in public" : $"{what} were found in public", text);
    }

    private IQueryable<Alert> OwnedBy(IQueryable<Alert> alerts, string email) => alerts.Where(
        alert => db.Set<OwnedCredential>().IgnoreQueryFilters(Filter).Any(key =>
            key.Id == alert.CredentialId
            && db.People.IgnoreQueryFilters(Filter).Any(owner => owner.Id == key.OwnerId && owner.Email == email)));

    private async Task<(string, EmailText)?> LeakClosedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var alertId = new Id<Alert>(email.SubjectId);
        var alert = await db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking().Include(alert => alert.Credential)
            .SingleOrDefaultAsync(alert => alert.Id == alertId, cancellationToken);
        if (alert is not { Credential.RevokedAt: { } revokedAt })
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == alert.Credential.RevokedBy, cancellationToken);
        var what = $"{alert.KindName} “{alert.Credential.Name}”";
        return ($"{what} was revoked", new EmailText()
            .Heading($"{what} was revoked")
            .Say($"The leaked key that ends in {alert.Credential.Last4} no longer opens anything.")
            .Facts(
                ("Revoked", Moment.Exact(revokedAt)),
                ("By", alert.Credential.EndedBy(by?.DisplayName)),
                ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"))
            .Say("Still to do: remove it from the place where it was found, update what used it, and review the account "
                + "for access nobody approved.")
            .Link("The alert", LinkTo(organization, $"alerts/{alert.Id}")));
    }

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

    private static IEnumerable<(string, string)> PlacesOf(IEnumerable<string> places)
    {
        var all = places.ToList();
        return all.Take(ListedMax)
            .Select(place => ("Found at", string.IsNullOrWhiteSpace(place) ? "(no address was given)" : place))
            .Concat(all.Count > ListedMax ? [("And", $"{all.Count - ListedMax} more places")] : []);
    }

    private static string Count(int count) => count > ListedMax ? $"More than {ListedMax}" : $"{count}";

    // Names of organizations and keys cannot hold control characters; a subject must not either.
    private static string Header(string text) => string.Concat(text.Where(c => !char.IsControl(c)));

    private string LinkTo(Organization organization, string place) =>
        installation.LinkTo($"/o/{organization.Slug}/safety-center/{place}");
}
