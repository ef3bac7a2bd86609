using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What a token is worth (RFC 7662), to whom it concerns, and to nobody else.</summary>
public sealed class IntrospectionTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private const string Inactive = """{"active":false}""";

    private static int _organizations;

    private sealed record Scene(
        TestOrganization Organization,
        Person Bob,
        OAuthApp App,
        OAuthProgram Program,
        OAuthGrant Grant,
        OAuthProgram.Answer Tokens);

    [Fact]
    public async Task An_app_learns_what_its_tokens_are_worth_and_not_who_the_user_is()
    {
        var scene = await SetAsync();
        var told = (await scene.Program.IntrospectAsync(scene.Tokens.Access)).Ok();
        Assert.True(told.Json.GetProperty("active").GetBoolean());
        Assert.Equal("user_access_read", told["scope"]);
        Assert.Equal($"{scene.App.ClientId}", told["client_id"]);
        Assert.Equal($"{scene.Bob.Id}", told["sub"]);
        Assert.Equal("Bearer", told["token_type"]);
        Assert.Equal("http://localhost:5080", told["iss"]);
        Assert.Equal(stage.Now.ToUnixTimeSeconds(), told.Json.GetProperty("iat").GetInt64());
        Assert.Equal(stage.Now.ToUnixTimeSeconds() + 3600, told.Json.GetProperty("exp").GetInt64());
        Assert.False(told.Json.TryGetProperty("username", out _));
        Assert.True(told.Headers.CacheControl!.NoStore);

        var refresh = (await scene.Program.IntrospectAsync(scene.Tokens.Refresh)).Ok();
        Assert.True(refresh.Json.GetProperty("active").GetBoolean());
        Assert.False(refresh.Json.TryGetProperty("token_type", out _));
    }

    [Fact]
    public async Task To_look_is_no_use_of_the_token()
    {
        var scene = await SetAsync();
        await stage.FlushAsync();
        var before = Assert.Single(await stage.RowsAsync<Usage>(all => all.Where(row => row.CredentialId == scene.Grant.Id)));
        (await scene.Program.IntrospectAsync(scene.Tokens.Access)).Ok();
        await AskWithKeysAsync(scene, scene.Tokens.Access);
        await stage.FlushAsync();
        var after = Assert.Single(await stage.RowsAsync<Usage>(all => all.Where(row => row.CredentialId == scene.Grant.Id)));
        Assert.Equal(before.Calls, after.Calls);
    }

    [Fact]
    public async Task An_organization_learns_of_the_tokens_that_open_it_and_whose_they_are()
    {
        var (scene, other) = (await SetAsync(), await SetAsync());
        var told = (await AskWithKeysAsync(scene, scene.Tokens.Access)).Ok();
        Assert.Equal(scene.Bob.Email, told["username"]);
        Assert.Equal(Inactive, (await AskWithKeysAsync(scene, other.Tokens.Access)).Ok().Text);
        Assert.Equal(Inactive, (await AskWithKeysAsync(scene, "junk")).Ok().Text);
        Assert.Equal(Inactive, (await AskWithKeysAsync(scene, scene.Organization.ApiKey.Secret)).Ok().Text);
        await stage.FlushAsync();
        var key = Assert.Single(await stage.RowsAsync<ApplicationKey>(all => all
            .Where(row => row.Id == scene.Organization.ApplicationKey.Id)));
        Assert.Equal(stage.Now, key.LastUsedAt);
    }

    [Fact]
    public async Task Who_may_not_see_the_apps_of_the_organization_learns_nothing()
    {
        var scene = await SetAsync();
        var scoped = await stage.IssueApplicationKeyAsync(scene.Organization.Admin, "scoped", "user_access_read");
        var reading = await stage.IssueApplicationKeyAsync(
            scene.Organization.Admin, "reading", Permission.OrgAuthorizedAppsRead);
        var guest = await stage.AddPersonAsync(
            scene.Organization, $"guest@{scene.Organization.Slug}.example", role: Role.ReadOnlyName);
        var guests = await stage.IssueApplicationKeyAsync(guest, "guest's");
        foreach (var (apiKey, applicationKey) in new (string?, string?)[]
        {
            (null, null),
            (scene.Organization.ApiKey.Secret, null),
            (scene.Organization.ApiKey.Secret, "junk"),
            (scene.Organization.ApiKey.Secret, scoped.Secret),
            (scene.Organization.ApiKey.Secret, guests.Secret),
        })
        {
            (await AskAsync(scene.Tokens.Access, ("DD-API-KEY", apiKey), ("DD-APPLICATION-KEY", applicationKey)))
                .Refused("invalid_client", HttpStatusCode.Unauthorized);
        }

        (await AskAsync(
            scene.Tokens.Access,
            ("DD-API-KEY", scene.Organization.ApiKey.Secret),
            ("DD-APPLICATION-KEY", reading.Secret))).Ok();

        // Nor does an app by its own token: to see apps is no scope of one.
        (await AskAsync(scene.Tokens.Access, ("Authorization", $"Bearer {scene.Tokens.Access}")))
            .Refused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_opens_nothing_any_more_is_inactive_and_so_is_what_another_app_asks_of()
    {
        var (scene, other) = (await SetAsync(), await SetAsync());
        Assert.Equal(Inactive, (await other.Program.IntrospectAsync(scene.Tokens.Access)).Ok().Text);
        Assert.Equal(Inactive, (await other.Program.IntrospectAsync(scene.Tokens.Refresh)).Ok().Text);
        var next = (await scene.Program.RefreshAsync(scene.Tokens.Refresh)).Ok();
        Assert.Equal(Inactive, (await scene.Program.IntrospectAsync(scene.Tokens.Refresh)).Ok().Text);
        (await scene.Program.RevokeAsync(next.Access)).Ok();
        Assert.Equal(Inactive, (await scene.Program.IntrospectAsync(next.Access)).Ok().Text);
        Assert.NotEqual(Inactive, (await scene.Program.IntrospectAsync(scene.Tokens.Access)).Ok().Text);

        var test = Life.Path(scene.Grant.Id, "test_revocation");
        var admin = ApiCaller.AdminOf(stage, scene.Organization);
        (await admin.PostAsync(test, "test_revocations", new { minutes = 15 })).Must(HttpStatusCode.Created);
        Assert.Equal(Inactive, (await scene.Program.IntrospectAsync(scene.Tokens.Access)).Ok().Text);
        (await admin.DeleteAsync(test)).Must(HttpStatusCode.NoContent);
        Assert.NotEqual(Inactive, (await scene.Program.IntrospectAsync(scene.Tokens.Access)).Ok().Text);
        await stage.ChangeAsync<OAuthApp>(scene.App.Id, row => row.Disable(null, stage.Now));
        Assert.Equal(Inactive, (await scene.Program.IntrospectAsync(scene.Tokens.Access)).Ok().Text);
        Assert.Equal(Inactive, (await scene.Program.IntrospectAsync(next.Refresh)).Ok().Text);

        stage.Time.Jump(OAuthToken.AccessLifetime);
        Assert.Equal(Inactive, (await other.Program.IntrospectAsync(other.Tokens.Access)).Ok().Text);
        Assert.NotEqual(Inactive, (await other.Program.IntrospectAsync(other.Tokens.Refresh)).Ok().Text);
    }

    private Task<OAuthProgram.Answer> AskWithKeysAsync(Scene scene, string token) => AskAsync(
        token,
        ("DD-API-KEY", scene.Organization.ApiKey.Secret),
        ("DD-APPLICATION-KEY", scene.Organization.ApplicationKey.Secret));

    private async Task<OAuthProgram.Answer> AskAsync(string token, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth2/introspect");
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.Add(name, value);
        }

        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("token", token)]);
        return await stage.SendAsync(request);
    }

    private async Task<Scene> SetAsync()
    {
        var organization = await stage.CreateOrganizationAsync($"Look {Interlocked.Increment(ref _organizations)}");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var app = await TestApps.AppAsync(stage, organization, "Looker", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, bob.Id, "user_access_read");
        var program = new OAuthProgram(stage, app.ClientId);
        var tokens = (await program.ExchangeAsync(await stage.CodeAsync(grant))).Ok();
        var row = Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant)));
        return new Scene(organization, bob, app, program, row, tokens);
    }
}
