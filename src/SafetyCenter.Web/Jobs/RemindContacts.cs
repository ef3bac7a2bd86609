using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>Writes to the contacts of organizations that have not confirmed them for six months, once per such time.</summary>
public sealed class RemindContacts(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    private const int OrganizationsMax = 500;

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        string[] filter = [CurrentOrganization.Filter];
        var due = await db.Findings.IgnoreQueryFilters(filter).Open()
            .Where(finding => finding.Rule == FindingRule.ContactsDue.Name)
            .Where(finding => db.Organizations.Enabled().Any(row => row.Id == finding.OrganizationId))
            .Where(finding => !db.Emails.IgnoreQueryFilters(filter).Any(email =>
                email.Kind == EmailKind.ContactsDue
                && email.OrganizationId == finding.OrganizationId
                && email.CreatedAt >= finding.RaisedAt))
            .OrderBy(finding => finding.RaisedAt)
            .Select(finding => new { finding.Id, finding.OrganizationId })
            .Take(OrganizationsMax)
            .ToListAsync(cancellationToken);
        var recipients = await SecurityEmails.RecipientsAsync(
            db, [.. due.Select(finding => finding.OrganizationId)], cancellationToken);
        foreach (var finding in due)
        {
            db.Emails.AddRange(recipients[finding.OrganizationId].Distinct().Select(recipient => new Email(
                finding.OrganizationId,
                EmailKind.ContactsDue,
                finding.OrganizationId.Value,
                recipient,
                $"contacts-due:{finding.Id}",
                now)));
        }

        await db.SaveChangesAsync(cancellationToken);
        return new { Job = "remind-contacts", Organizations = due.Count };
    }
}
