using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>How an organization comes into being: with its managed roles and its first admin.</summary>
public sealed class Founding(SafetyCenterDb db, UserManager<Login> logins)
{
    /// <summary>A new organization.</summary>
    /// <param name="Organization">It.</param>
    /// <param name="Admin">Its first admin.</param>
    /// <param name="Roles">Its managed roles: Read Only, Standard, Admin.</param>
    /// <param name="IsNewLogin">False when the address already had a login, which keeps its password.</param>
    public sealed record Result(Organization Organization, User Admin, IReadOnlyList<Role> Roles, bool IsNewLogin);

    /// <summary>Founds it. The caller has begun a transaction and commits it.</summary>
    /// <exception cref="RefusedException">A name, address or password that cannot be.</exception>
    public async Task<Result> FoundAsync(
        string name,
        string adminEmail,
        string? adminName,
        string adminPassword,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var organization = new Organization(name, await FreeSlugAsync(name, cancellationToken), now);
        var roles = Role.ManagedFor(organization.Id, now);
        var admin = new User(organization.Id, adminEmail, adminName, [roles[^1]], now);
        var (login, isNew) = await LoginForAsync(admin.Email, adminPassword);
        if (isNew && PasswordRules.ComplaintAbout(adminPassword, [adminName, name]) is { Length: > 0 } complaint)
        {
            throw RefusedException.Invalid(complaint, "password");
        }

        admin.Join(login.Id, adminName);
        db.Add(organization);
        db.AddRange(roles);
        db.Add(admin);
        await db.SaveChangesAsync(cancellationToken);
        return new Result(organization, admin, roles, isNew);
    }

    /// <summary>The login of an address; made with the password when there is none.</summary>
    /// <exception cref="RefusedException">The password is too weak.</exception>
    public async Task<(Login Login, bool IsNew)> LoginForAsync(string email, string password)
    {
        if (await logins.FindByEmailAsync(email) is { } known)
        {
            return (known, false);
        }

        var login = new Login { UserName = email, Email = email, EmailConfirmed = true };
        var made = await logins.CreateAsync(login, password);
        return made.Succeeded
            ? (login, true)
            : throw RefusedException.Invalid(
                string.Join(" ", made.Errors.Select(error => error.Description)), "password");
    }

    private async Task<string> FreeSlugAsync(string name, CancellationToken cancellationToken)
    {
        var wanted = Organization.SlugFor(name);
        var slug = wanted;
        for (var number = 2; await db.Organizations.AnyAsync(other => other.Slug == slug, cancellationToken); number++)
        {
            slug = $"{wanted}-{number}";
        }

        return slug;
    }
}
