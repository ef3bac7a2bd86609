using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;
using ApiKeyEntity = SafetyCenter.Core.Credentials.ApiKey;
using ApplicationKeyEntity = SafetyCenter.Core.Credentials.ApplicationKey;
using OrganizationEntity = SafetyCenter.Core.Organizations.Organization;

namespace SafetyCenter.Tests.Verification;

/// <summary>An organization with one person, who holds an application key, and two API keys.</summary>
internal sealed record Cast(
    Id<Organization> Organization,
    Id<User> Owner,
    Issued ApiKey,
    Issued OtherApiKey,
    Issued ApplicationKey)
{
    public static readonly SecretFormat Format = new();

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    public static Task<Cast> FoundAsync(
        Node node, string name, string[]? scopes = null, bool hasLogin = true, DateTimeOffset? madeAt = null) =>
        node.WithDbAsync(async db =>
        {
            var now = madeAt ?? DateTimeOffset.Parse("2026-01-01T00:00Z", null);
            var organization = new OrganizationEntity(name, OrganizationEntity.SlugFor(name), now);
            var roles = Role.ManagedFor(organization.Id, now);
            var owner = new User(organization.Id, $"ann@{name}.example", "Ann", roles, now);
            if (hasLogin)
            {
                var login = new Login { Id = Guid.NewGuid(), UserName = owner.Email };
                db.Add(login);
                owner.Join(login.Id, name: null);
            }

            var secrets = new[] { SecretKind.ApiKey, SecretKind.ApiKey, SecretKind.ApplicationKey }
                .Select(Format.Mint).ToArray();
            Credential[] keys =
            [
                ApiKeyEntity.Issue(organization, "one", isTaken: false, 0, secrets[0], owner.Id, now),
                ApiKeyEntity.Issue(organization, "two", isTaken: false, 1, secrets[1], owner.Id, now),
                new ApplicationKeyEntity(owner, "mine", scopes ?? [], secrets[2], now),
            ];
            db.Add(organization);
            db.Add(owner);
            db.Add(OtherAdmin(db, organization, roles, now));
            db.AddRange(keys);
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
            var issued = keys.Zip(secrets, (key, secret) => new Issued(key.Id, secret)).ToArray();
            return new Cast(organization.Id, owner.Id, issued[0], issued[1], issued[2]);
        });

    // So that the owner may be disabled: an organization keeps an admin.
    private static User OtherAdmin(
        SafetyCenterDb db, OrganizationEntity organization, IReadOnlyList<Role> roles, DateTimeOffset now)
    {
        var login = new Login { Id = Guid.NewGuid(), UserName = $"other@{organization.Slug}.example" };
        var admin = new User(organization.Id, login.UserName, "Dora", roles, now);
        admin.Join(login.Id, name: null);
        db.Add(login);
        return admin;
    }

    /// <summary>Revokes a key the way pages and the API do: load, call, save.</summary>
    public static Task RevokeAsync(Node node, Issued key) => node.WithDbAsync(async db =>
    {
        var credential = await LoadAsync(db, key);
        credential.Revoke(by: null, RevocationReason.ByHand, lastingApiKeys: 2, TimeProvider.System.GetUtcNow());
        return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    });

    public static Task<Credential> LoadAsync(Node node, Issued key) => node.WithDbAsync(db => LoadAsync(db, key));

    public static Task<Credential> LoadAsync(SafetyCenterDb db, Issued key) => db.Credentials
        .IgnoreQueryFilters(Filter)
        .SingleAsync(credential => credential.Id == key.Id, TestContext.Current.CancellationToken);

    public static Task<List<Usage>> UsageAsync(Node node, Issued key) => node.WithDbAsync(db => db.Usage
        .IgnoreQueryFilters(Filter)
        .AsNoTracking()
        .Where(usage => usage.CredentialId == key.Id)
        .OrderBy(usage => usage.Day).ThenBy(usage => usage.Client)
        .ToListAsync(TestContext.Current.CancellationToken));
}

/// <summary>A key and its secret.</summary>
internal sealed record Issued(Id<Credential> Id, Secret Secret);
