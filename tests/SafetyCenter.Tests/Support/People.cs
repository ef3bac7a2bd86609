using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Support;

/// <summary>Somebody who can sign in.</summary>
public sealed record Person(Id<User> Id, string Email, string Password);

/// <summary>A credential with its plain text, which the product itself does not keep.</summary>
public sealed record IssuedKey(Id<Credential> Id, string Name, string Secret);

/// <summary>An organization with its first admin, an API key, and an unscoped application key of that admin.</summary>
public sealed record TestOrganization(
    Id<Organization> Id, string Name, string Slug, Person Admin, IssuedKey ApiKey, IssuedKey ApplicationKey)
{
    /// <summary>The address of a page of its Safety Center.</summary>
    public string SafetyCenter(string page = "") => $"/o/{Slug}/safety-center/{page}";
}

/// <summary>
/// The cast of all stories: Ann is an admin of Acme, Bob works there with the standard role, and Carl is an admin of
/// Globex, who must see nothing of Acme.
/// </summary>
public sealed record Cast(TestOrganization Acme, TestOrganization Globex, Person Bob)
{
    public Person Ann => Acme.Admin;

    public Person Carl => Globex.Admin;
}

/// <summary>Brings people and their keys into an app.</summary>
public static class People
{
    /// <summary>Everybody's.</summary>
    public const string Password = "safety-first-test";

    /// <summary>The whole cast. Once per app: their names are taken then.</summary>
    public static async Task<Cast> CastAsync(this App app)
    {
        var acme = await app.CreateOrganizationAsync("Acme", "ann@acme.example", "Ann Admin");
        var globex = await app.CreateOrganizationAsync("Globex", "carl@globex.example", "Carl Chief");
        var bob = await app.AddPersonAsync(acme, "bob@acme.example", "Bob Builder");
        return new Cast(acme, globex, bob);
    }

    /// <summary>Founds an organization; where no address is given, the admin's is made of the name.</summary>
    public static Task<TestOrganization> CreateOrganizationAsync(
        this App app, string name, string? adminEmail = null, string? adminName = null) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var format = services.GetRequiredService<SecretFormat>();
            var email = adminEmail ?? $"admin@{Organization.SlugFor(name)}.example";
            await using var transaction = await db.Database.BeginTransactionAsync();
            var founded = await services.GetRequiredService<Founding>()
                .FoundAsync(name, email, adminName, Password, app.Now, CancellationToken.None);
            var apiSecret = format.Mint(SecretKind.ApiKey);
            var apiKey = ApiKey.Issue(
                founded.Organization, "main", isTaken: false, activeKeys: 0, apiSecret, founded.Admin.Id, app.Now);
            var applicationSecret = format.Mint(SecretKind.ApplicationKey);
            var applicationKey = new ApplicationKey(founded.Admin, "main", [], applicationSecret, app.Now);
            db.AddRange(apiKey, applicationKey);
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
            return new TestOrganization(
                founded.Organization.Id,
                name,
                founded.Organization.Slug,
                new Person(founded.Admin.Id, founded.Admin.Email, Password),
                app.Planted(apiKey, apiSecret),
                app.Planted(applicationKey, applicationSecret));
        });

    /// <summary>Somebody joins, who can sign in.</summary>
    public static Task<Person> AddPersonAsync(
        this App app,
        TestOrganization organization,
        string email,
        string? name = null,
        string role = Role.StandardName) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(candidate => candidate.OrganizationId == organization.Id && candidate.Name == role)
                .ToListAsync();
            var user = new User(organization.Id, email, name, roles, app.Now);
            var (login, _) = await services.GetRequiredService<Founding>().LoginForAsync(user.Email, Password);
            user.Join(login.Id, name);
            db.Add(user);
            await db.SaveChangesAsync();
            return new Person(user.Id, user.Email, Password);
        });

    /// <summary>One more API key.</summary>
    public static Task<IssuedKey> IssueApiKeyAsync(this App app, TestOrganization organization, string name) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var owner = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            var secret = services.GetRequiredService<SecretFormat>().Mint(SecretKind.ApiKey);
            var key = ApiKey.Issue(owner, name, isTaken: false, activeKeys: 0, secret, by: null, app.Now);
            db.Add(key);
            await db.SaveChangesAsync();
            return app.Planted(key, secret);
        });

    /// <summary>Many API keys at once, more than an organization may have: for reports and lists of size.</summary>
    /// <returns>Their plain texts.</returns>
    public static Task<string[]> IssueManyAsync(this App app, TestOrganization organization, int count) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var format = services.GetRequiredService<SecretFormat>();
            var secrets = Enumerable.Range(0, count).Select(_ => format.Mint(SecretKind.ApiKey)).ToArray();
            var ids = secrets.Select(_ => Id<Credential>.New(app.Now).Value).ToArray();
            var hashes = secrets.Select(secret => secret.Hash.ToArray()).ToArray();
            var endings = secrets.Select(secret => secret.Last4).ToArray();
            await services.GetRequiredService<SafetyCenterDb>().Database.ExecuteSqlAsync(
                $"""
                INSERT INTO credentials (id, kind, organization_id, name, hash, last4, created_at, tracked_since,
                                         category, remote_config_read_enabled)
                SELECT id, 'api_key', {organization.Id.Value}, 'many ' || id, hash, last4, {app.Now}, {app.Now},
                       'default', true
                FROM unnest({ids}, {hashes}, {endings}) AS many (id, hash, last4)
                """);
            return secrets.Select(secret => secret.Reveal()).ToArray();
        });

    /// <summary>One more application key of somebody.</summary>
    public static Task<IssuedKey> IssueApplicationKeyAsync(
        this App app, Person owner, string name, params string[] scopes) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == owner.Id);
            var secret = services.GetRequiredService<SecretFormat>().Mint(SecretKind.ApplicationKey);
            var key = new ApplicationKey(user, name, scopes, secret, app.Now);
            db.Add(key);
            await db.SaveChangesAsync();
            return app.Planted(key, secret);
        });

    /// <summary>Revokes a key as the pages do: under the lock of its organization.</summary>
    /// <param name="app">The product.</param>
    /// <param name="organization">Whose key it is.</param>
    /// <param name="key">The key.</param>
    /// <param name="underLock">What to do while the lock is held and nothing is saved yet.</param>
    public static Task RevokeAsync(
        this App app, TestOrganization organization, IssuedKey key, Func<Task>? underLock = null) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                var credential = await db.Credentials.IgnoreQueryFilters([CurrentOrganization.Filter])
                    .SingleAsync(row => row.Id == key.Id);
                credential.Revoke(
                    organization.Admin.Id, RevocationReason.Leaked, lastingApiKeys: int.MaxValue, app.Now);
                await (underLock?.Invoke() ?? Task.CompletedTask);
                return true;
            },
            CancellationToken.None));

    /// <summary>Says who gets security emails.</summary>
    public static Task SetContactsAsync(
        this App app, TestOrganization organization, string? primary, string? secondary = null) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var row = await db.Organizations
                .Include(candidate => candidate.Contacts)
                .IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(candidate => candidate.Id == organization.Id);
            row.SetContacts(primary, secondary, organization.Admin.Id, app.Now);
            await db.SaveChangesAsync();
        });

    private static IssuedKey Planted(this App app, Credential key, Secret secret)
    {
        app.Plant(secret.Reveal());
        return new IssuedKey(key.Id, key.Name, secret.Reveal());
    }
}
