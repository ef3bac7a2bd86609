using System.Net;
using System.Text;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>The Token Revocation API, which a GitLab of one's own calls.</summary>
public sealed class GitLabRevocationTests(PartnersStage stage) : IClassFixture<PartnersStage>, IAsyncDisposable
{
    private const string TypesAt = "/webhooks/gitlab/v1/revocable_token_types";
    private const string RevokeAt = "/webhooks/gitlab/v1/revoke_tokens";
    private const string Place = "https://gitlab.acme.example/acme/app/-/blob/main/.env";

    private App App => stage.App;

    public async ValueTask DisposeAsync() => await App.AssertKeepsNoSecretAsync();

    [Theory]
    [InlineData("")]
    [InlineData("Bearer ")]
    public async Task It_is_told_which_types_are_ours(string scheme)
    {
        var (_, gitLab) = await InstanceAsync();
        var answer = (await App.SendAsync(HttpMethod.Get, TypesAt, null, ("Authorization", scheme + gitLab.Token)))
            .Must(HttpStatusCode.OK);

        using var document = JsonDocument.Parse(answer.Body);
        Assert.Equal(
            [
                "safetycenter_api_key", "gitleaks_rule_id_safetycenter-api-key",
                "safetycenter_application_key", "gitleaks_rule_id_safetycenter-application-key",
                "safetycenter_client_token", "gitleaks_rule_id_safetycenter-client-token",
                "safetycenter_personal_access_token", "gitleaks_rule_id_safetycenter-personal-access-token",
                "safetycenter_service_access_token", "gitleaks_rule_id_safetycenter-service-access-token",
                "safetycenter_oauth_client_secret", "gitleaks_rule_id_safetycenter-oauth-client-secret",
                "safetycenter_oauth_access_token", "gitleaks_rule_id_safetycenter-oauth-access-token",
                "safetycenter_oauth_refresh_token", "gitleaks_rule_id_safetycenter-oauth-refresh-token",
            ],
            document.RootElement.GetProperty("types").EnumerateArray().Select(type => type.GetString()));
    }

    [Theory]
    [InlineData("safetycenter_api_key", "")]
    [InlineData("gitleaks_rule_id_safetycenter-api-key", "Bearer ")]
    public async Task What_it_found_raises_an_alert_of_its_organization_and_once(string type, string scheme)
    {
        var (organization, gitLab) = await InstanceAsync();
        var body = Found((organization.ApiKey.Secret, type));
        for (var time = 0; time < 2; time++)
        {
            var answer = await App.PostAsync(RevokeAt, body, ("Authorization", scheme + gitLab.Token));
            Assert.Equal("", answer.Must(HttpStatusCode.NoContent).Body);
        }

        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.True(alert.IsOpen);
        Assert.False(alert.IsPublic);
        var place = Assert.Single(await App.PlacesOfAsync(organization));
        Assert.Equal((Place, 1), (place.Place, place.Times));
        var report = Assert.Single(await App.ReportsOfAsync(gitLab));
        Assert.Equal(
            (LeakChannel.GitLabInstance, "Our GitLab", organization.Id, 1, 1),
            (report.Channel, report.SourceName, report.OrganizationId!.Value, report.Items, report.Matched));
        var used = Assert.Single(await App.RowsAsync<LeakReporter>(all => all.Where(row => row.Id == gitLab.Id)));
        Assert.Equal(App.Now, used.LastUsedAt);
    }

    [Fact]
    public async Task Where_the_rules_say_so_it_is_revoked_with_that()
    {
        var (organization, gitLab) = await InstanceAsync();
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        await App.ChangeAsync(organization, row => row.SetLeakRules(
            new LeakRules { ApiKeys = new LeakResponse(LeakAction.Revoke, 1) }));
        Assert.True(await App.OpensAsync(spare.Secret));
        (await SendAsync(gitLab, Found((spare.Secret, "safetycenter_api_key")))).Must(HttpStatusCode.NoContent);

        Assert.False(await App.OpensAsync(spare.Secret));
        Assert.True(await App.OpensAsync(organization.ApiKey.Secret));
    }

    [Fact]
    public async Task A_key_of_another_organization_is_not_matched()
    {
        var (_, gitLab) = await InstanceAsync();
        var other = await App.CreateOrganizationAsync($"Other {Guid.NewGuid():N}");
        (await SendAsync(gitLab, Found((other.ApiKey.Secret, "safetycenter_api_key")))).Must(HttpStatusCode.NoContent);

        Assert.Equal(0, Assert.Single(await App.ReportsOfAsync(gitLab)).Matched);
        Assert.Empty(await App.AlertsOfAsync(other));
    }

    [Fact]
    public async Task With_a_type_that_is_not_ours_nothing_is_done()
    {
        var (organization, gitLab) = await InstanceAsync();
        foreach (var type in new[] { "gitleaks_rule_id_gitlab_personal_access_token", "SAFETYCENTER_API_KEY", "" })
        {
            var refused = await SendAsync(
                gitLab, Found((organization.ApiKey.Secret, "safetycenter_api_key"), ("glpat-x", type)));
            Assert.StartsWith("Item 2 has a type", refused.Must(HttpStatusCode.BadRequest).Error, StringComparison.Ordinal);
        }

        await AssertNothingDoneAsync(organization, gitLab);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[")]
    [InlineData("[{}]")]
    [InlineData("""[{"type":"safetycenter_api_key"}]""")]
    [InlineData("""[{"type":"safetycenter_api_key","token":17}]""")]
    [InlineData("""[{"type":"safetycenter_api_key","token":""}]""")]
    [InlineData("""[{"type":17,"token":"x"}]""")]
    [InlineData("""["text"]""")]
    [InlineData("""[{"type":"safetycenter_api_key","token":"\ud800"}]""")]
    [InlineData("""[{"type":"safetycenter_api_key","token":"x","token":"y"}]""")]
    public async Task A_body_that_cannot_be_read_is_refused_and_nothing_is_done(string body)
    {
        var (organization, gitLab) = await InstanceAsync();
        Assert.NotEmpty((await SendAsync(gitLab, body)).Must(HttpStatusCode.BadRequest).Error);
        await AssertNothingDoneAsync(organization, gitLab);
    }

    [Fact]
    public async Task Nothing_found_is_fine() =>
        (await SendAsync((await InstanceAsync()).GitLab, "[]")).Must(HttpStatusCode.NoContent);

    [Fact]
    public async Task Without_the_token_of_a_reporter_nobody_is_heard()
    {
        var (organization, gitLab) = await InstanceAsync();
        var signs = await App.EnrolAsync(organization, ReporterProof.Signature);
        var revoked = await App.EnrolAsync(organization);
        await App.DismissAsync(organization, revoked);
        var (closed, away) = await InstanceAsync();
        await App.ChangeAsync(closed, row => row.Disable(App.Now));
        var body = Found((organization.ApiKey.Secret, "safetycenter_api_key"));
        string?[] sent =
        [
            null, "", "Bearer", "Bearer ", "junk", gitLab.Token[..^1], $"Basic {gitLab.Token}", signs.Token, revoked.Token,
            away.Token, organization.ApiKey.Secret, organization.ApplicationKey.Secret,
        ];
        foreach (var authorization in sent)
        {
            (string, string)[] headers = authorization is null ? [] : [("Authorization", authorization)];
            var refused = (await App.PostAsync(RevokeAt, body, headers)).Must(HttpStatusCode.Unauthorized);
            Assert.Equal("Bearer", Assert.Single(refused.Message.Headers.WwwAuthenticate).Scheme);
            (await App.SendAsync(HttpMethod.Get, TypesAt, null, headers)).Must(HttpStatusCode.Unauthorized);
        }

        await AssertNothingDoneAsync(organization, gitLab);
    }

    [Fact]
    public async Task What_is_no_such_request_is_told_so()
    {
        var (organization, gitLab) = await InstanceAsync();
        var token = ("Authorization", gitLab.Token);
        var put = (await App.SendAsync(HttpMethod.Put, RevokeAt, "[]"u8.ToArray(), token)).Must(HttpStatusCode.MethodNotAllowed);
        Assert.Equal(["POST"], put.Message.Content.Headers.Allow);
        var post = (await App.PostAsync(TypesAt, "[]", token)).Must(HttpStatusCode.MethodNotAllowed);
        Assert.Equal(["GET"], post.Message.Content.Headers.Allow);
        (await App.PostAsync(RevokeAt, "[]", token, ("Content-Type", "text/plain"))).Must(HttpStatusCode.UnsupportedMediaType);
        (await App.PostAsync(RevokeAt, "[]", token, ("Content-Encoding", "gzip"))).Must(HttpStatusCode.UnsupportedMediaType);
        (await App.PostAsync(RevokeAt, "[]".PadRight(ReportRequest.LongestBody + 1), token))
            .Must(HttpStatusCode.RequestEntityTooLarge);
        await AssertNothingDoneAsync(organization, gitLab);
    }

    [Fact]
    public async Task Who_guesses_too_often_is_told_to_wait_and_the_reporter_is_heard_beside()
    {
        var (organization, gitLab) = await InstanceAsync();
        var from = ("X-Forwarded-For", "198.51.100.20");
        var guesses = await Task.WhenAll(Enumerable.Range(0, ReportRates.UnprovenAtOnce + 5)
            .Select(number => App.PostAsync(RevokeAt, "[]", ("Authorization", $"guess {number}"), from)));
        var late = guesses.Where(answer => answer.Status != HttpStatusCode.Unauthorized).ToList();

        Assert.Equal(5, late.Count);
        Assert.All(late, answer => Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status));
        Assert.All(late, answer => Assert.True(answer.RetryAfter > TimeSpan.Zero));
        (await App.PostAsync(
            RevokeAt, Found((organization.ApiKey.Secret, "safetycenter_api_key")), ("Authorization", gitLab.Token), from))
            .Must(HttpStatusCode.NoContent);
    }

    private async Task<(TestOrganization Organization, Enrolled GitLab)> InstanceAsync()
    {
        var organization = await App.CreateOrganizationAsync($"Instance {Guid.NewGuid():N}");
        return (organization, await App.EnrolAsync(organization, name: "Our GitLab"));
    }

    private Task<Heard> SendAsync(Enrolled gitLab, string body) =>
        App.SendAsync(HttpMethod.Post, RevokeAt, Encoding.UTF8.GetBytes(body), ("Authorization", gitLab.Token));

    private static string Found(params (string Token, string Type)[] found) =>
        JsonSerializer.Serialize(found.Select(item => new { type = item.Type, token = item.Token, location = Place }));

    private async Task AssertNothingDoneAsync(TestOrganization organization, Enrolled gitLab)
    {
        Assert.Empty(await App.AlertsOfAsync(organization));
        Assert.Empty(await App.ReportsOfAsync(gitLab));
    }
}
