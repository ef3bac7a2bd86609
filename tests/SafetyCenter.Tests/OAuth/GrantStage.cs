using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What tests of grants do again and again.</summary>
internal static class GrantStage
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>An app that registered itself, in an organization: waiting, or approved.</summary>
    public static Task<OAuthApp> BringDynamicAsync(
        this App stage,
        TestOrganization organization,
        string name,
        Id<User> by,
        bool isApproved,
        params string[] scopes) => stage.InScopeAsync(async (SafetyCenterDb db) =>
    {
        var client = OAuthClient.RegisterItself(
            name, $"{name}.example", website: null, ["http://127.0.0.1/callback"], scopes, stage.Now);
        var app = new OAuthApp(client, organization.Id, isApproved, by, stage.Now);
        db.Add(app);
        await db.SaveChangesAsync();
        return app;
    });

    /// <summary>Changes an app as pages do: load, call, save.</summary>
    public static Task ChangeAppAsync(this App stage, Id<OAuthApp> id, Action<OAuthApp> change) =>
        stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            change(await db.OAuthApps.IgnoreQueryFilters(Filter).SingleAsync(app => app.Id == id));
            await db.SaveChangesAsync();
        });

    /// <summary>A code or refresh token of a grant was used twice: what the token endpoint does then.</summary>
    public static Task<Id<Alert>> ReplayAsync(this App stage, Id<Credential> grantId) =>
        stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var grant = await db.OAuthGrants.IgnoreQueryFilters(Filter).SingleAsync(grant => grant.Id == grantId);
            grant.Revoke(by: null, RevocationReason.Replayed, int.MaxValue, stage.Now);
            var alert = Alert.OfReplay(grant, stage.Now);
            db.Add(alert);
            await db.SaveChangesAsync();
            return alert.Id;
        });

    /// <summary>An email as it would be sent now; null when there is nothing left to say.</summary>
    public static Task<EmailMessage?> ComposedAsync(this App stage, Email email) => stage.InScopeAsync(services =>
        services.GetRequiredService<EmailComposer>().ComposeAsync(email, CancellationToken.None));

    /// <summary>The row of a grant.</summary>
    public static async Task<OAuthGrant> GrantAsync(this App stage, Id<Credential> id) =>
        Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(grant => grant.Id == id)));

    /// <summary>A call with an access token, at a gateway.</summary>
    public static async Task<System.Net.HttpStatusCode> BearAsync(
        this App stage, string token, string path = "/verify", string client = "app/1.0")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        request.Headers.TryAddWithoutValidation("User-Agent", client);
        using var answer = await stage.Visitor.SendAsync(request);
        return answer.StatusCode;
    }
}
