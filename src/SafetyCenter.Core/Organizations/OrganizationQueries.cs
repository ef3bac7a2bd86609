namespace SafetyCenter.Core.Organizations;

/// <summary>Questions about organizations.</summary>
public static class OrganizationQueries
{
    /// <summary>
    /// Those that are not disabled. Of the others nothing is done and told by itself, and what comes due in the meantime is done
    /// once they are enabled again.
    /// </summary>
    public static IQueryable<Organization> Enabled(this IQueryable<Organization> organizations) =>
        organizations.Where(organization => organization.DisabledAt == null);
}
