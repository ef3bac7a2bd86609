using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Data;

// No path leaves an organization without an admin: whatever is saved, by a page, an endpoint or a job, is counted after it
// was written and before it is committed.
public sealed partial class SafetyCenterDb
{
    // Whoever is added or given a role takes nobody's away; a change of these can.
    private HashSet<Id<Organization>> OrganizationsThatMayLoseAnAdmin()
    {
        var organizations = new HashSet<Id<Organization>>();
        var isRoleTaken = false;
        foreach (var entry in ChangeTracker.Entries())
        {
            switch (entry.Entity)
            {
                case User user when entry.State == EntityState.Deleted
                    || (entry.State == EntityState.Modified && DecisiveForKeys.Any(name => entry.Property(name).IsModified)):
                    organizations.Add(user.OrganizationId);
                    break;
                case Role role when entry.State == EntityState.Deleted
                    || (entry.State == EntityState.Modified && entry.Property(nameof(Role.Permissions)).IsModified):
                    organizations.Add(role.OrganizationId);
                    break;
                case Dictionary<string, object> when entry.State == EntityState.Deleted
                    && entry.Metadata.GetTableName() == "user_roles":
                    isRoleTaken = true;
                    break;
            }
        }

        if (isRoleTaken)
        {
            // Whoever lost a role is tracked beside the row that says so.
            organizations.UnionWith(ChangeTracker.Entries<User>().Select(user => user.Entity.OrganizationId));
            organizations.UnionWith(ChangeTracker.Entries<Role>().Select(role => role.Entity.OrganizationId));
        }

        return organizations;
    }

    // In one order, so that two saves that touch two organizations cannot wait for each other.
    private async Task LockAsync(IEnumerable<Id<Organization>> organizations, CancellationToken cancellationToken)
    {
        foreach (var id in organizations.Order())
        {
            await Database.ExecuteSqlAsync(
                $"SELECT 1 FROM organizations WHERE id = {id.Value} FOR UPDATE", cancellationToken);
        }
    }

    private async Task RefuseToLoseTheLastAdminAsync(
        IEnumerable<Id<Organization>> organizations, CancellationToken cancellationToken)
    {
        foreach (var id in organizations)
        {
            LastAdmin.RefuseToLose(await People.IgnoreQueryFilters([CurrentOrganization.Filter]).Admins()
                .CountAsync(user => user.OrganizationId == id, cancellationToken));
        }
    }
}
