using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>Who can prove more than a password: with codes of an authenticator app, or with a passkey.</summary>
public static class SecondFactors
{
    /// <summary>Which of these logins can, in one statement.</summary>
    public static async Task<HashSet<Guid>> OfAsync(
        SafetyCenterDb db, IReadOnlyCollection<Guid> loginIds, CancellationToken cancellationToken = default) =>
        loginIds.Count == 0 ? [] : await Logins(db)
            .Where(login => loginIds.Contains(login.Id))
            .Select(login => login.Id)
            .ToHashSetAsync(cancellationToken);

    /// <summary>All logins that can.</summary>
    public static IQueryable<Login> Logins(SafetyCenterDb db) => db.Users.Where(login => login.TwoFactorEnabled
        || db.Set<IdentityUserPasskey<Guid>>().Any(passkey => passkey.UserId == login.Id));
}
