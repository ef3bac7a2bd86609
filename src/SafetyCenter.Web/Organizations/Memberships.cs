using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Organizations;

/// <summary>Where somebody who signed in belongs.</summary>
public static class Memberships
{
    /// <summary>The organizations in which they are an active user, by name; disabled ones too.</summary>
    public static IQueryable<Organization> OrganizationsOf(this SafetyCenterDb db, ClaimsPrincipal person)
    {
        var loginId = LoginOf(person);
        return db.Organizations.AsNoTracking()
            .Where(organization => db.People.IgnoreQueryFilters(new[] { CurrentOrganization.Filter }).ActivePeople()
                .Any(user => user.LoginId == loginId && user.OrganizationId == organization.Id))
            .OrderBy(organization => organization.Name).ThenBy(organization => organization.Id);
    }

    /// <summary>Whether they operate this installation.</summary>
    public static Task<bool> IsOperatorAsync(
        this SafetyCenterDb db, ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        var loginId = LoginOf(person);
        return db.Users.AnyAsync(login => login.Id == loginId && login.IsOperator, cancellationToken);
    }

    private static Guid LoginOf(ClaimsPrincipal person) => Guid.Parse(person.FindFirstValue(ClaimTypes.NameIdentifier)!);
}
