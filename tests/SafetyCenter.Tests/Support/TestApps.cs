using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Support;

/// <summary>OAuth apps, what they may do and their tokens, put straight into the database.</summary>
public static class TestApps
{
    /// <summary>Where their people are sent back to.</summary>
    public const string Callback = "https://app.example.com/callback";

    /// <summary>A public app of the organization, approved and enabled; to be added by the caller.</summary>
    public static OAuthApp NewApp(TestOrganization organization, string name, string[] scopes, DateTimeOffset now) => new(
        OAuthClient.Register(
            organization.Id,
            name,
            "Somebody",
            [Callback],
            scopes,
            isConfidential: false,
            actsAs: null,
            organization.Admin.Id,
            now),
        organization.Id,
        isApproved: true,
        organization.Admin.Id,
        now);

    /// <summary>A public app of the organization, approved and enabled.</summary>
    public static Task<OAuthApp> AppAsync(App app, TestOrganization organization, string name, params string[] scopes) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var made = NewApp(organization, name, scopes, app.Now);
            db.Add(made);
            await db.SaveChangesAsync();
            return made;
        });

    /// <summary>A confidential app of the organization that acts as its admin when nobody consents, and its secret.</summary>
    public static Task<(OAuthApp App, IssuedKey Secret)> ConfidentialAsync(
        App app, TestOrganization organization, string name, params string[] scopes) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var client = OAuthClient.Register(
                organization.Id,
                name,
                "Somebody",
                [Callback],
                scopes,
                isConfidential: true,
                actsAs: organization.Admin.Id,
                organization.Admin.Id,
                app.Now);
            var made = new OAuthApp(client, organization.Id, isApproved: true, organization.Admin.Id, app.Now);
            var secret = services.GetRequiredService<SecretFormat>().Mint(SecretKind.OAuthClientSecret);
            var held = new OAuthClientSecret(made, name: null, activeSecrets: 0, secret, organization.Admin.Id, app.Now);
            db.AddRange(made, held);
            await db.SaveChangesAsync();
            app.Plant(secret.Reveal());
            return (made, new IssuedKey(held.Id, name, secret.Reveal()));
        });

    /// <summary>Somebody lets an app act for them.</summary>
    public static Task<Id<Credential>> GrantAsync(App app, Id<OAuthApp> appId, Id<User> userId, params string[] scopes) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var found = await db.OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == appId);
            var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == userId);
            var live = await db.OAuthGrants.IgnoreQueryFilters([CurrentOrganization.Filter]).Active()
                .SingleOrDefaultAsync(row => row.AppId == appId && row.OwnerId == userId);
            var grant = found.Authorize(user, live, scopes, app.Now);
            await db.SaveChangesAsync();
            return grant.Id;
        });

    /// <summary>An access token of a grant, with all that the grant holds.</summary>
    public static Task<string> AccessTokenAsync(App app, Id<Credential> grantId) =>
        TokenAsync(app, grantId, OAuthTokenKind.Access);

    /// <summary>A refresh token of a grant, with all that the grant holds.</summary>
    public static Task<string> RefreshTokenAsync(App app, Id<Credential> grantId) =>
        TokenAsync(app, grantId, OAuthTokenKind.Refresh);

    /// <summary>Calls as an app does.</summary>
    public static ApiCaller CallerWith(App app, string accessToken) => new(app, ("Authorization", $"Bearer {accessToken}"));

    private static Task<string> TokenAsync(App app, Id<Credential> grantId, OAuthTokenKind kind) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var grant = await db.OAuthGrants.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == grantId);
            var secret = services.GetRequiredService<SecretFormat>().Mint(
                kind == OAuthTokenKind.Access ? SecretKind.OAuthAccessToken : SecretKind.OAuthRefreshToken);
            db.Add(new OAuthToken(kind, grant, Guid.CreateVersion7(), grant.Scopes, secret, app.Now));
            await db.SaveChangesAsync();
            app.Plant(secret.Reveal());
            return secret.Reveal();
        });
}
