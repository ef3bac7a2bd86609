using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;

namespace SafetyCenter.Tests.Api;

/// <summary>TruffleHog asks whether what it found is live.</summary>
public sealed class TruffleHogTests(PartnersStage stage) : IClassFixture<PartnersStage>, IAsyncDisposable
{
    private const string At = "/webhooks/trufflehog/verify";

    private App App => stage.App;

    public async ValueTask DisposeAsync() => await App.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task A_live_key_is_live_and_raises_its_alert_and_a_revoked_one_is_gone()
    {
        var (organization, hog) = await HogAsync();
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var body = Question($"DD_API_KEY={spare.Secret}", spare.Secret);
        for (var time = 0; time < 2; time++)
        {
            (await AskAsync(hog, body)).Must(HttpStatusCode.OK);
        }

        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.Equal(spare.Id, alert.CredentialId);
        Assert.False(alert.IsPublic);
        var place = Assert.Single(await App.PlacesOfAsync(organization));
        Assert.Equal(("", 1), (place.Place, place.Times));
        var report = Assert.Single(await App.ReportsOfAsync(hog));
        Assert.Equal(
            (LeakChannel.TruffleHog, "Nightly scan", 1, 1),
            (report.Channel, report.SourceName, report.Items, report.Matched));

        await App.RevokeAsync(organization, spare);
        (await AskAsync(hog, body)).Must(HttpStatusCode.Gone);
        (await AskAsync(hog, Question(spare.Secret))).Must(HttpStatusCode.Gone);
        (await AskAsync(hog, Question(spare.Secret, organization.ApiKey.Secret))).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task It_is_live_whenever_it_was_when_it_was_asked_about()
    {
        var (organization, hog) = await HogAsync();
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        await App.ChangeAsync(organization, row => row.SetLeakRules(
            new LeakRules { ApiKeys = new LeakResponse(LeakAction.Revoke, 1) }));

        (await AskAsync(hog, Question(spare.Secret))).Must(HttpStatusCode.OK);
        Assert.False(await App.OpensAsync(spare.Secret));
        (await AskAsync(hog, Question(spare.Secret))).Must(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task What_opens_nothing_of_this_organization_is_not_live()
    {
        var (organization, hog) = await HogAsync();
        var (other, _) = await HogAsync();
        var client = await Tokens.ClientAsync(App, organization);
        string[] texts =
        [
            other.ApiKey.Secret, client.Secret, new SecretFormat().Mint(SecretKind.ApplicationKey).Reveal(), "junk", "",
            organization.ApiKey.Secret[..^1], organization.ApiKey.Secret.ToUpperInvariant(), hog.Token,
        ];
        foreach (var text in texts)
        {
            (await AskAsync(hog, Question(text))).Must(HttpStatusCode.NotFound);
        }

        Assert.Empty(await App.AlertsOfAsync(organization));
        Assert.Empty(await App.AlertsOfAsync(other));

        // What has not even the shape of a secret of ours leaves nothing behind: the first three had.
        Assert.Equal(3, (await App.ReportsOfAsync(hog)).Count);
    }

    [Fact]
    public async Task It_names_no_type_of_its_body_and_need_not()
    {
        var (organization, hog) = await HogAsync();
        var body = Question(organization.ApiKey.Secret);
        (await AskAsync(hog, body, ("Content-Type", ""))).Must(HttpStatusCode.OK);
        (await AskAsync(hog, body, ("Content-Type", "text/plain"))).Must(HttpStatusCode.UnsupportedMediaType);
        var get = (await App.SendAsync(HttpMethod.Get, At, null, ("Authorization", $"Bearer {hog.Token}")))
            .Must(HttpStatusCode.MethodNotAllowed);
        Assert.Equal(["POST"], get.Message.Content.Headers.Allow);
        (await AskAsync(hog, body.PadRight(TruffleHogApi.LongestBody + 1))).Must(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"Detector":[]}""")]
    [InlineData("""{"Detector":{"key":"text"}}""")]
    [InlineData("""{"Detector":{"key":[17]}}""")]
    [InlineData("""{"Detector":{"key":["\ud800"]}}""")]
    [InlineData("""{"Detector":{"key":["x"]},"Detector":{}}""")]
    public async Task A_body_of_another_shape_is_refused(string body)
    {
        var (_, hog) = await HogAsync();
        Assert.NotEmpty((await AskAsync(hog, body)).Must(HttpStatusCode.BadRequest).Error);
        Assert.Empty(await App.ReportsOfAsync(hog));
    }

    [Fact]
    public async Task It_tells_nobody_but_a_reporter_of_the_organization()
    {
        var (organization, hog) = await HogAsync();
        await App.DismissAsync(organization, hog);
        var body = Question(organization.ApiKey.Secret);
        (await App.PostAsync(At, body)).Must(HttpStatusCode.Unauthorized);
        (await AskAsync(hog, body)).Must(HttpStatusCode.Unauthorized);
        (await App.PostAsync(At, body, ("Authorization", $"Bearer {organization.ApplicationKey.Secret}")))
            .Must(HttpStatusCode.Unauthorized);
        Assert.Empty(await App.ReportsOfAsync(hog));
        Assert.Empty(await App.AlertsOfAsync(organization));
    }

    private async Task<(TestOrganization Organization, Enrolled Hog)> HogAsync()
    {
        var organization = await App.CreateOrganizationAsync($"Hog {Guid.NewGuid():N}");
        return (organization, await App.EnrolAsync(organization, name: "Nightly scan"));
    }

    private Task<Heard> AskAsync(Enrolled hog, string body, params (string, string)[] headers) =>
        App.PostAsync(At, body, [("Authorization", $"Bearer {hog.Token}"), .. headers]);

    private static string Question(params string[] texts) =>
        JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["SafetyCenterApiKey"] = new Dictionary<string, string[]> { ["key"] = texts },
        });
}
