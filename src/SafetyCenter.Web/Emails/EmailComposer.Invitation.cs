using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Emails;

// The words of the email that asks somebody to join.
public sealed partial class EmailComposer
{
    private async Task<(string, EmailText)?> InvitationAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var inviteId = new Id<Invite>(email.SubjectId);
        var found = await db.Invites.IgnoreQueryFilters(Filter).AsNoTracking()
            .Include(invite => invite.User).ThenInclude(user => user.Roles)
            .Where(invite => invite.Id == inviteId)
            .Select(invite => new { Invite = invite, By = db.People.SingleOrDefault(user => user.Id == invite.InvitedBy) })
            .SingleOrDefaultAsync(cancellationToken);

        // An address that was corrected meanwhile was somebody else's: they must not get the link that works now.
        if (found is not { Invite: var invite, By: var by }
            || !invite.CanBeAcceptedAt(time.GetUtcNow())
            || invite.User.Email != email.Recipient)
        {
            return null;
        }

        var who = by is null ? $"An admin of {organization.Name}" : by.DisplayName;
        return ("You are invited", new EmailText()
            .Heading($"You are invited to {organization.Name}")
            .Say($"{who} invites you to the Safety Center of {organization.Name}.")
            .Facts(
                ("Invited", email.Recipient),
                ("By", by is { Name: not null } ? $"{by.Name} ({by.Email})" : who),
                ("Role", string.Join(", ", invite.User.Roles.Select(role => role.Name).Order(StringComparer.Ordinal))),
                ("The link works until", Moment.Exact(invite.ExpiresAt)))
            .Link("Accept the invite", links.ToAccept(invite))
            .Say($"The link works once. If it has expired, ask {(by is null ? "an admin" : who)} to send it again.")
            .Say("If you do not know why you get this, do nothing: nobody gets in unless the link is followed and a password "
                + "is chosen there. Forward this email to nobody, for its link is yours alone."));
    }
}
