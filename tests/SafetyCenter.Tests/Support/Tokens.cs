using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Support;

/// <summary>Tokens and service accounts, put straight into the database.</summary>
public static class Tokens
{
    /// <summary>A service account with a managed role.</summary>
    public static Task<Id<User>> ServiceAccountAsync(
        App app, TestOrganization organization, string name = "robot", string role = Role.StandardName) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(candidate => candidate.OrganizationId == organization.Id && candidate.Name == role)
                .ToListAsync();
            var account = User.ServiceAccount(
                organization.Id, $"{name}@{organization.Slug}.example", name, title: null, roles, app.Now);
            db.Add(account);
            await db.SaveChangesAsync();
            return account.Id;
        });

    /// <summary>An access token of a person (with an end) or a service account (without one).</summary>
    public static Task<IssuedKey> AccessAsync(App app, Id<User> ownerId, string name, params string[] scopes) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var format = services.GetRequiredService<SecretFormat>();
            var owner = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(user => user.Id == ownerId);
            var id = Id<Credential>.New(app.Now);
            var secret = format.Mint(
                owner.IsServiceAccount ? SecretKind.ServiceAccessToken : SecretKind.PersonalAccessToken, id.Value);
            AccessToken token = owner.IsServiceAccount
                ? new ServiceAccessToken(id, owner, name, scopes, expiresAt: null, secret, owner.Id, app.Now)
                : new PersonalAccessToken(id, owner, name, scopes, app.Now.AddDays(30), secret, owner.Id, app.Now);
            db.Add(token);
            await db.SaveChangesAsync();
            app.Plant(secret.Reveal());
            return new IssuedKey(token.Id, name, secret.Reveal());
        });

    /// <summary>A client token, which is no secret.</summary>
    public static Task<IssuedKey> ClientAsync(
        App app, TestOrganization organization, string name = "browser", DateTimeOffset? expiresAt = null) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var owner = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            var secret = services.GetRequiredService<SecretFormat>().Mint(SecretKind.ClientToken);
            var token = ClientToken.Issue(
                owner, name, isTaken: false, secret, organization.Admin.Id, app.Now, expiresAt);
            db.Add(token);
            await db.SaveChangesAsync();
            return new IssuedKey(token.Id, name, secret.Reveal());
        });

    /// <summary>Disables somebody, as the pages do.</summary>
    public static Task DisableAsync(App app, TestOrganization organization, Id<User> id) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(user => user.Roles)
                    .SingleAsync(user => user.Id == id);
                user.Disable(app.Now);
                return true;
            },
            CancellationToken.None));
}
