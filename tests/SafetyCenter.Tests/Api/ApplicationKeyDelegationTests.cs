using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>What may be done to application keys through a credential that is limited itself.</summary>
public sealed class ApplicationKeyDelegationTests(App app) : IClassFixture<App>
{
    private const string Type = "application_keys";
    private const string All = "/api/v2/application_keys";
    private const string Own = "/api/v2/current_user/application_keys";

    [Fact]
    public async Task What_is_made_through_a_scoped_key_does_not_exceed_it()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var scoped = await app.CallerAsync(organization, organization.Admin, "user_app_keys", "api_keys_read");
        await RefusesAsync("all permissions", null);
        await RefusesAsync("all permissions", []);
        await RefusesAsync("api_keys_write", ["api_keys_read", "api_keys_write"]);
        (await scoped.PostAsync(Own, Type, new { name = "x", scopes = new[] { "api_keys_read" } })).Must(HttpStatusCode.Created);

        async Task RefusesAsync(string tooMuch, string[]? scopes) => Assert.Contains(
            tooMuch,
            (await scoped.PostAsync(Own, Type, new { name = "x", scopes })).Must(HttpStatusCode.Forbidden).Errors[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_edited_through_a_scoped_key_does_not_exceed_it_either()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var scoped = await app.CallerAsync(
            organization, organization.Admin, "user_app_keys", "org_app_keys_write", "api_keys_read");
        var id = (await admin.PostAsync(Own, Type, new { name = "x", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created).Id;
        foreach (var keys in new[] { Own, All })
        {
            await RefusesAsync(keys, new { scopes = (string[]?)null });
            await RefusesAsync(keys, new { scopes = Array.Empty<string>() });
            await RefusesAsync(keys, new { scopes = new[] { "api_keys_write" } });
            (await scoped.PatchAsync($"{keys}/{id}", Type, id, new { scopes = new[] { "user_app_keys" } }))
                .Must(HttpStatusCode.OK);
        }

        var wider = organization.ApplicationKey.Id.ToString();
        (await scoped.PatchAsync($"{Own}/{wider}", Type, wider, new { name = "renamed" })).Must(HttpStatusCode.OK);
        (await scoped.PatchAsync($"{Own}/{wider}", Type, wider, new { expires_at = app.Now.AddYears(1) }))
            .Must(HttpStatusCode.Forbidden);
        Assert.Equal("""["user_app_keys"]""", (await admin.GetAsync($"{All}/{id}")).Attribute("scopes").GetRawText());

        async Task RefusesAsync(string keys, object attributes) => Assert.Contains(
            "exceed",
            (await scoped.PatchAsync($"{keys}/{id}", Type, id, attributes)).Must(HttpStatusCode.Forbidden).Errors[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_access_token_may_revoke_application_keys_but_neither_make_nor_edit_them()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        string[] scopes = ["user_app_keys", "org_app_keys_write", "api_keys_read"];
        var secret = await app.ActAsAsync(organization, organization.Admin, async (services, actor) =>
            (await Issuing.AccessTokenAsync(
                services.GetRequiredService<SafetyCenterDb>(),
                actor,
                services.GetRequiredService<SecretFormat>(),
                actor.UserId,
                "token",
                scopes,
                app.Now.AddDays(30),
                app.Now,
                CancellationToken.None))!.Secret.Reveal());
        app.Plant(secret);
        var token = new ApiCaller(app, ("Authorization", $"Bearer {secret}"));
        var id = organization.ApplicationKey.Id.ToString();
        foreach (var answer in new[]
        {
            await token.PostAsync(Own, Type, new { name = "x", scopes = new[] { "api_keys_read" } }),
            await token.PatchAsync($"{Own}/{id}", Type, id, new { name = "x" }),
            await token.PatchAsync($"{All}/{id}", Type, id, new { scopes = new[] { "api_keys_read" } }),
        })
        {
            Assert.Contains("access token", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }

        (await token.GetAsync($"{Own}/{id}")).Must(HttpStatusCode.OK);
        (await token.DeleteAsync($"{Own}/{id}")).Must(HttpStatusCode.NoContent);
        (await token.GetAsync($"{Own}/{id}")).Must(HttpStatusCode.NotFound);
    }
}
