using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Data;

public sealed partial class SafetyCenterDb
{
    // By whatever path somebody is disabled: nobody has the alerts any more that they had taken on.
    private async Task ReleaseAlertsOfAsync(List<User> users, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (users.Count == 0)
        {
            return;
        }

        var disabled = users.Select(user => user.Id).ToArray();
        var theirs = await Alerts.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Include(alert => alert.Credential)
            .Where(alert => alert.AssigneeId != null && disabled.Contains(alert.AssigneeId.Value))
            .ToListAsync(cancellationToken);
        theirs.ForEach(alert => alert.Release(by: null, now));
    }
}
