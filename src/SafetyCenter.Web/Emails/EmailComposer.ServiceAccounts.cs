using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Emails;

// The words about service accounts.
public sealed partial class EmailComposer
{
    private async Task<(string, EmailText)?> AccountDisabledAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var id = new Id<User>(email.SubjectId);
        var account = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
        if (account is null)
        {
            return null;
        }

        // Its keys ended at the moment at which this email was written.
        var ended = await db.Set<OwnedCredential>().IgnoreQueryFilters(Filter).Keys().AsNoTracking()
            .Where(key => key.OwnerId == id
                && key.RevokedBecause == RevocationReason.OwnerDisabled
                && key.RevokedAt == email.CreatedAt)
            .OrderBy(key => key.Name).ThenBy(key => key.Id)
            .ToListAsync(cancellationToken);
        var subject = $"Service account “{account.DisplayName}” was disabled";
        return (subject, new EmailText()
            .Heading(subject)
            .Say(ended.Count == 0
                ? "It had no keys or tokens. Until it is enabled again, it can be given none."
                : "Its keys and tokens are revoked for good: every call with them is refused, also when it is enabled again.")
            .Facts(
            [
                ("Service account", account.DisplayName),
                ("Disabled", Moment.Exact(email.CreatedAt)),
                ("By", email.Details ?? "nobody we know"),
                .. ended.Take(ListedMax).Select(Named),
                .. ended.Count > ListedMax ? [("And", $"{ended.Count - ListedMax} more")] : Array.Empty<(string, string)>(),
            ])
            .Say("If a program still needs it, enable it and make new keys.")
            .Link("Look at it", installation.LinkTo(
                $"/o/{organization.Slug}/organization-settings/service-accounts/{account.Id}")));
    }
}
