using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>Who is told of what time made of the alerts of one organization.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Now">The present.</param>
internal sealed record FollowUp(Id<Organization> Organization, DateTimeOffset Now)
{
    private readonly List<Alert> _refused = [];
    private readonly List<(Alert Alert, Id<User>? Assignee)> _woken = [];
    private readonly List<Alert> _reminded = [];

    /// <summary>It could not be revoked: told to the contacts.</summary>
    public void Refused(Alert alert) => _refused.Add(alert);

    /// <summary>It was put off until now: told to the primary contact and to whoever had it.</summary>
    public void Woken(Alert alert, Id<User>? assignee) => _woken.Add((alert, assignee));

    /// <summary>It is overdue: told to contacts and admins.</summary>
    public void Reminded(Alert alert) => _reminded.Add(alert);

    /// <summary>Writes the emails, in the transaction that is open.</summary>
    public async Task WriteAsync(SafetyCenterDb db, CancellationToken cancellationToken)
    {
        if (_refused.Count + _woken.Count + _reminded.Count == 0)
        {
            return;
        }

        var recipients = await AlertRecipients.OfAsync(db, Organization, cancellationToken);
        var ids = _woken.Select(pair => pair.Assignee).OfType<Id<User>>().Distinct().ToArray();
        var assignees = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).ActivePeople()
            .Where(user => ids.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, user => user.Email, cancellationToken);
        IEnumerable<Email> emails =
        [
            .. _refused.SelectMany(alert => Of(EmailKind.RevocationRefused, alert, recipients.Contacts)),
            .. _woken.SelectMany(pair => Of(EmailKind.LeakWoken, pair.Alert, [.. recipients.Primary, .. Had(pair.Assignee)])),
            .. _reminded.SelectMany(alert => Of(EmailKind.LeakOverdue, alert, recipients.Everybody)),
        ];
        db.Emails.AddRange(await LeakEmailCap.CappedAsync(db, [.. emails], Now, cancellationToken));

        IEnumerable<string> Had(Id<User>? assignee) =>
            assignee is { } id && assignees.TryGetValue(id, out var address) ? [address] : [];
    }

    private IEnumerable<Email> Of(EmailKind kind, Alert alert, IEnumerable<string> recipients) =>
        recipients.Distinct().Select(recipient => new Email(
            Organization, kind, alert.Id.Value, recipient, $"{kind}:{alert.Id}:{Now.UtcTicks}", Now));
}
