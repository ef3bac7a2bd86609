using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>A confidential app acts by itself, as the user that its organization named, and as nobody else.</summary>
public sealed class ClientCredentialsTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private static int _organizations;

    [Fact]
    public async Task It_gets_an_access_token_alone_and_a_grant_of_the_user_it_acts_as()
    {
        var (organization, app, program) = await ConfidentialAsync("org_management", "user_access_read");
        var answer = (await program.ActAsync()).Ok();
        Assert.Equal("org_management user_access_read", answer["scope"]);
        Assert.False(answer.Json.TryGetProperty("refresh_token", out _));
        (await TestApps.CallerWith(stage, answer.Access).GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);

        var grant = Assert.Single(await GrantsAsync(app));
        Assert.Equal(organization.Admin.Id, grant.OwnerId);
        Assert.Equal(["org_management", "user_access_read"], grant.Scopes);
        await stage.FlushAsync();
        Assert.Equal(stage.Now, Assert.Single(await GrantsAsync(app)).LastUsedAt);
        var told = Assert.Single(await stage.RowsAsync<AuditEvent>(all => all.Where(row => row.AssetId == grant.Id.Value)));
        Assert.Equal(("OAuth client secret", organization.Admin.Id), (told.Method, told.ActorId));

        // The second time nothing new is agreed to.
        (await program.ActAsync("user_access_read")).Ok();
        Assert.Equal(grant.Id, Assert.Single(await GrantsAsync(app)).Id);
    }

    [Fact]
    public async Task It_can_ask_for_less_and_not_for_more()
    {
        var (_, app, program) = await ConfidentialAsync("org_management", "user_access_read");
        var less = (await program.ActAsync("user_access_read")).Ok();
        Assert.Equal("user_access_read", less["scope"]);
        (await TestApps.CallerWith(stage, less.Access).GetAsync("/api/v2/org")).Must(HttpStatusCode.Forbidden);
        foreach (var more in new[] { "teams_read", "user_access_read api_keys_write", "User_Access_Read" })
        {
            (await program.ActAsync(more)).Refused("invalid_scope");
        }

        await stage.ChangeAsync<OAuthApp>(app.Id, row => row.Restrict(["user_access_read"]));
        (await program.ActAsync("org_management")).Refused("invalid_scope");
        Assert.Equal("user_access_read", (await program.ActAsync()).Ok()["scope"]);
        await stage.ChangeAsync<OAuthApp>(app.Id, row => row.Restrict(["teams_read"]));
        (await program.ActAsync()).Refused("invalid_scope");
    }

    [Fact]
    public async Task Its_user_has_to_have_the_permission_too()
    {
        var organization = await stage.CreateOrganizationAsync("Robots");
        var bob = await stage.AddPersonAsync(organization, "bob@robots.example");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Robot", "org_management");
        await stage.ChangeAsync<OAuthClient>(
            app.ClientId, row => row.Edit(null, null, null, null, actsAs: bob.Id, stage.Now));
        var token = (await new OAuthProgram(stage, app.ClientId, secret.Secret).ActAsync()).Ok().Access;
        (await TestApps.CallerWith(stage, token).GetAsync("/api/v2/org")).Must(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("the app is disabled")]
    [InlineData("the app waits for approval")]
    [InlineData("the user is disabled")]
    [InlineData("the organization disallows the client")]
    public async Task Once_the_app_or_its_user_is_out_it_gets_nothing(string what)
    {
        var (organization, app, program) = await ConfidentialAsync("user_access_read");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        await stage.ChangeAsync<OAuthClient>(
            app.ClientId, row => row.Edit(null, null, null, null, actsAs: bob.Id, stage.Now));
        var token = (await program.ActAsync()).Ok().Access;
        await (what switch
        {
            "the app is disabled" => stage.ChangeAsync<OAuthApp>(app.Id, row => row.Disable(null, stage.Now)),
            "the user is disabled" => stage.ChangeAsync<User>(bob.Id, row => row.Disable(stage.Now)),
            "the app waits for approval" => stage.SqlAsync($"UPDATE oauth_apps SET approved_at = NULL WHERE id = {app.Id.Value}"),
            _ => stage.ChangeAsync<Organization>(organization.Id, row => row.SetPolicy(
                "oauth_client_disallow_list",
                policies => policies.DisallowOAuthClients([$"{app.ClientId}"]),
                stage.Now)),
        });
        (await program.ActAsync()).Refused("unauthorized_client");
        Assert.Equal(
            what == "the app waits for approval" ? HttpStatusCode.OK : HttpStatusCode.Forbidden,
            await stage.VerifyAsync(token));
    }

    [Fact]
    public async Task Public_apps_and_those_that_act_as_nobody_cannot()
    {
        var organization = await stage.CreateOrganizationAsync("Nobody");
        var open = await TestApps.AppAsync(stage, organization, "Open", "user_access_read");
        (await new OAuthProgram(stage, open.ClientId).ActAsync()).Refused("unauthorized_client");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Robot", "user_access_read");
        await stage.SqlAsync($"UPDATE oauth_clients SET acts_as = NULL WHERE id = {app.ClientId.Value}");
        (await new OAuthProgram(stage, app.ClientId, secret.Secret).ActAsync()).Refused("unauthorized_client");
        Assert.Empty(await GrantsAsync(app));
    }

    [Fact]
    public async Task Many_at_once_make_one_grant()
    {
        var (_, app, program) = await ConfidentialAsync("user_access_read");
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => program.ActAsync()));
        Assert.All(answers, answer => answer.Ok());
        Assert.Single(await GrantsAsync(app));
        Assert.Equal(6, answers.Select(answer => answer.Access).Distinct().Count());
    }

    [Fact]
    public async Task The_next_token_costs_the_same_few_statements_as_the_one_before()
    {
        var (_, _, program) = await ConfidentialAsync("user_access_read");
        (await program.ActAsync()).Ok();
        var counts = new List<int>();
        for (var turn = 0; turn < 3; turn++)
        {
            using var statements = new Statements();
            (await program.ActAsync(traceParent: statements.TraceParent)).Ok();
            counts.Add(statements.Texts.Count);
        }

        Assert.InRange(Assert.Single(counts.Distinct()), 1, 10);
    }

    private Task<List<OAuthGrant>> GrantsAsync(OAuthApp app) =>
        stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.AppId == app.Id));

    private async Task<(TestOrganization Organization, OAuthApp App, OAuthProgram Program)> ConfidentialAsync(
        params string[] scopes)
    {
        var organization = await stage.CreateOrganizationAsync($"Robot {Interlocked.Increment(ref _organizations)}");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Robot", scopes);
        return (organization, app, new OAuthProgram(stage, app.ClientId, secret.Secret));
    }
}
