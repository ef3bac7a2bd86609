using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Credentials;

/// <summary>One app, whose clock the tests turn, for all tests of how credentials end and come back.</summary>
[CollectionDefinition(Name)]
public sealed class LifeStage : ICollectionFixture<FindingsStage>
{
    public const string Name = "life of credentials";
}

/// <summary>What these tests do again and again.</summary>
internal static class Life
{
    /// <summary>One tick of the database: it keeps microseconds.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMicroseconds(1);

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    private static int _organizations;

    /// <summary>An organization of one's own, and its admin as a program.</summary>
    public static async Task<(ApiCaller Admin, TestOrganization Organization)> FoundAsync(this App app)
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Life {number}", $"ann@life-{number}.example", "Ann Admin");
        return (ApiCaller.AdminOf(app, organization), organization);
    }

    /// <summary>The address of a credential in our API.</summary>
    public static string Path(Id<Credential> id, string act = "") =>
        $"/api/v2/safety_center/credentials/{id}{(act.Length == 0 ? "" : "/" + act)}";

    /// <summary>Fails unless an answer is that refusal, and says why.</summary>
    public static void Refuses(this ApiCaller.Answer answer, HttpStatusCode status, string because) =>
        Assert.Contains(because, answer.Must(status).Errors[0], StringComparison.Ordinal);

    /// <summary>Whether a gateway lets an API key in.</summary>
    public static async Task<bool> OpensAsync(this App app, IssuedKey key, string? client = null, string? service = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", key.Secret);
        request.Headers.TryAddWithoutValidation("User-Agent", client ?? "test/1.0");
        if (service is not null)
        {
            request.Headers.TryAddWithoutValidation("DD-SERVICE", service);
        }

        using var answer = await app.Visitor.SendAsync(request);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Writes down now what was noted of calls.</summary>
    public static Task FlushAsync(this App app) =>
        app.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);

    /// <summary>The row.</summary>
    public static async Task<Credential> RowAsync(this App app, Id<Credential> id) =>
        Assert.Single(await app.RowsAsync<Credential>(all => all.Where(credential => credential.Id == id)));

    /// <summary>A client token; its maker is the admin.</summary>
    public static Task<IssuedKey> IssueClientTokenAsync(
        this App app, TestOrganization organization, string name, DateTimeOffset? expiresAt = null) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var owner = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            var secret = new SecretFormat().Mint(SecretKind.ClientToken);
            var token = ClientToken.Issue(owner, name, isTaken: false, secret, organization.Admin.Id, app.Now, expiresAt);
            return await SavedAsync(db, token, secret);
        });

    /// <summary>An API key with a maker and an end.</summary>
    public static Task<IssuedKey> IssueEndingAsync(
        this App app, TestOrganization organization, string name, DateTimeOffset expiresAt, Id<User>? by = null) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var owner = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            var secret = new SecretFormat().Mint(SecretKind.ApiKey);
            var key = ApiKey.Issue(owner, name, isTaken: false, activeKeys: 0, secret, by, app.Now, expiresAt);
            return await SavedAsync(db, key, secret);
        });

    /// <summary>An application key with an end.</summary>
    public static Task<IssuedKey> IssueApplicationKeyUntilAsync(
        this App app, Id<User> ownerId, string name, DateTimeOffset? expiresAt) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var owner = await db.People.IgnoreQueryFilters(Filter).SingleAsync(user => user.Id == ownerId);
            var secret = new SecretFormat().Mint(SecretKind.ApplicationKey);
            return await SavedAsync(db, new ApplicationKey(owner, name, [], secret, app.Now, expiresAt: expiresAt), secret);
        });

    /// <summary>A token of a person or a service account.</summary>
    public static Task<IssuedKey> IssueTokenAsync(
        this App app, Id<User> ownerId, string name, DateTimeOffset expiresAt, params string[] scopes) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var owner = await db.People.IgnoreQueryFilters(Filter).SingleAsync(user => user.Id == ownerId);
            var id = Id<Credential>.New(app.Now);
            var kind = owner.IsServiceAccount ? SecretKind.ServiceAccessToken : SecretKind.PersonalAccessToken;
            var secret = new SecretFormat().Mint(kind, id.Value);
            AccessToken token = owner.IsServiceAccount
                ? new ServiceAccessToken(id, owner, name, scopes, expiresAt, secret, ownerId, app.Now)
                : new PersonalAccessToken(id, owner, name, scopes, expiresAt, secret, ownerId, app.Now);
            return await SavedAsync(db, token, secret);
        });

    /// <summary>A service account with the standard role.</summary>
    public static Task<Id<User>> AddServiceAccountAsync(this App app, TestOrganization organization, string email) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var roles = await db.Roles.IgnoreQueryFilters(Filter)
                .Where(role => role.OrganizationId == organization.Id && role.Name == Role.StandardName)
                .ToListAsync();
            var account = User.ServiceAccount(organization.Id, email, "Robot", title: null, roles, app.Now);
            db.Add(account);
            await db.SaveChangesAsync();
            return account.Id;
        });

    /// <summary>Disables somebody as a page does.</summary>
    public static Task DisableAsync(this App app, Id<User> id) => app.InScopeAsync(async (SafetyCenterDb db) =>
    {
        var user = await db.People.IgnoreQueryFilters(Filter).Include(row => row.Roles).SingleAsync(row => row.Id == id);
        user.Disable(app.Now);
        await db.SaveChangesAsync();
    });

    /// <summary>The counter of active ones of a kind, and how many there really are.</summary>
    public static async Task<(long Kept, long Counted)> ActiveAsync(this App app, TestOrganization organization, string kind)
    {
        var kept = await app.RowsAsync<CredentialCount>(
            all => all.Where(count => count.OrganizationId == organization.Id && count.Kind == kind));
        var counted = await app.RowsAsync<Credential>(all => all.Where(credential =>
            credential.OrganizationId == organization.Id
            && credential.RevokedAt == null
            && EF.Property<string>(credential, "kind") == kind));
        return (kept.Sum(count => count.Active), counted.Count);
    }

    private static async Task<IssuedKey> SavedAsync(SafetyCenterDb db, Credential credential, Secret secret)
    {
        db.Add(credential);
        await db.SaveChangesAsync();
        return new IssuedKey(credential.Id, credential.Name, secret.Reveal());
    }
}
