using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Reports that an organization's own reporter signs (HMAC-SHA-256).</summary>
public sealed class SignedReportTests(PartnersStage stage) : IClassFixture<PartnersStage>, IAsyncDisposable
{
    private const string At = "/api/v2/safety_center/leak_reports/signed";
    private const string Place = "https://wiki.acme.example/runbook";

    private App App => stage.App;

    public async ValueTask DisposeAsync() => await App.AssertKeepsNoSecretAsync();

    [Theory]
    [InlineData(null, false)]
    [InlineData("false", false)]
    [InlineData("TRUE", true)]
    public async Task A_signed_report_is_taken_in_and_answered_as_GitHubs(string? header, bool isPublic)
    {
        var (organization, reporter) = await ReporterAsync();
        var body = Body(organization.ApiKey.Secret, "junk");
        (string, string)[] headers = header is null ? [] : [("X-Report-Public", header)];
        var answer = await App.PostAsync(At, body, [.. PartnerReporting.SignedBy(reporter, body, App.Now), .. headers]);

        Assert.Equal([Reporting.TruePositive, Reporting.FalsePositive], answer.Must(HttpStatusCode.OK).Labels);
        Assert.Equal(isPublic, Assert.Single(await App.AlertsOfAsync(organization)).IsPublic);
        var place = Assert.Single(await App.PlacesOfAsync(organization));
        Assert.Equal((Place, LeakSource.Content, isPublic), (place.Place, place.Source, place.IsPublic));
        var report = Assert.Single(await App.ReportsOfAsync(reporter));
        Assert.Equal(
            (LeakChannel.SignedReport, "Crawler", organization.Id, 2, 1),
            (report.Channel, report.SourceName, report.OrganizationId!.Value, report.Items, report.Matched));
        var used = Assert.Single(await App.RowsAsync<LeakReporter>(all => all.Where(row => row.Id == reporter.Id)));
        Assert.Equal(App.Now, used.LastUsedAt);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public async Task The_timestamp_is_at_most_five_minutes_from_our_clock(int seconds, bool isHeard)
    {
        var (organization, reporter) = await ReporterAsync();
        var body = Body(organization.ApiKey.Secret);
        var answer = await App.PostAsync(
            At, body, PartnerReporting.SignedBy(reporter, body, App.Now.AddSeconds(seconds)));

        Assert.Equal(isHeard ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal(isHeard ? 1 : 0, (await App.ReportsOfAsync(reporter)).Count);
    }

    [Fact]
    public async Task The_same_report_again_is_answered_alike_and_changes_nothing()
    {
        var (organization, reporter) = await ReporterAsync();
        var body = Body(organization.ApiKey.Secret);
        var first = await App.PostAsync(At, body, PartnerReporting.SignedBy(reporter, body, App.Now));
        stage.Time.Advance(TimeSpan.FromHours(1));
        var again = await App.PostAsync(At, body, PartnerReporting.SignedBy(reporter, body, App.Now));

        Assert.Equal(first.Must(HttpStatusCode.OK).Body, again.Must(HttpStatusCode.OK).Body);
        Assert.Single(await App.ReportsOfAsync(reporter));
        Assert.Equal(1, Assert.Single(await App.PlacesOfAsync(organization)).Times);
    }

    [Fact]
    public async Task Whoever_is_not_that_reporter_is_refused_in_the_same_words()
    {
        var (organization, reporter) = await ReporterAsync();
        var sends = await App.EnrolAsync(organization);
        var revoked = await App.EnrolAsync(organization, ReporterProof.Signature);
        await App.DismissAsync(organization, revoked);
        var (closed, away) = await ReporterAsync();
        await App.ChangeAsync(closed, row => row.Disable(App.Now));
        var (_, other) = await ReporterAsync();
        var body = Body(organization.ApiKey.Secret);
        var good = PartnerReporting.SignedBy(reporter, body, App.Now);
        (string Name, string Value)[][] forged =
        [
            PartnerReporting.SignedBy(reporter with { Token = other.Token }, body, App.Now),
            PartnerReporting.SignedBy(reporter with { Id = new Id<LeakReporter>(Guid.NewGuid()) }, body, App.Now),
            PartnerReporting.SignedBy(sends, body, App.Now),
            PartnerReporting.SignedBy(revoked, body, App.Now),
            PartnerReporting.SignedBy(away, body, App.Now),
            PartnerReporting.SignedBy(reporter, body + " ", App.Now),
            [good[0], (good[1].Name, $"{App.Now.ToUnixTimeSeconds() + 1}"), good[2]],
            [good[0], (good[1].Name, "0" + good[1].Value), good[2]],
            [("X-Reporter-Id", "somebody"), good[1], good[2]],
            [good[0], good[1], (good[2].Name, good[2].Value["sha256=".Length..])],
            [good[0], good[1], (good[2].Name, good[2].Value[..^2])],
            [good[0], good[1], (good[2].Name, good[2].Value + "00")],
            [good[0], good[1], (good[2].Name, good[2].Value[..^1] + "g")],
        ];
        var words = new List<string>();
        foreach (var headers in forged)
        {
            words.Add((await App.PostAsync(At, body, headers)).Must(HttpStatusCode.Unauthorized).Body);
        }

        Assert.Single(words.Distinct());
        Assert.Empty(await App.ReportsOfAsync(reporter));
        Assert.Empty(await App.AlertsOfAsync(organization));

        // Hex digits may be of either case: it is the same signature.
        var loud = (good[2].Name, "sha256=" + good[2].Value["sha256=".Length..].ToUpperInvariant());
        (await App.PostAsync(At, body, good[0], good[1], loud)).Must(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_of_the_three_headers_is_needed_once(int which)
    {
        var (organization, reporter) = await ReporterAsync();
        var body = Body(organization.ApiKey.Secret);
        var signed = PartnerReporting.SignedBy(reporter, body, App.Now);
        (await App.PostAsync(At, body, [.. signed.Where((_, index) => index != which)])).Must(HttpStatusCode.Unauthorized);
        (await App.PostAsync(At, body, [.. signed, signed[which]])).Must(HttpStatusCode.Unauthorized);
        Assert.Empty(await App.ReportsOfAsync(reporter));
    }

    [Fact]
    public async Task A_key_of_another_organization_is_answered_as_unknown()
    {
        var (_, reporter) = await ReporterAsync();
        var (other, _) = await ReporterAsync();
        var body = Body(other.ApiKey.Secret);
        var answer = await App.PostAsync(At, body, PartnerReporting.SignedBy(reporter, body, App.Now));

        Assert.Equal([Reporting.FalsePositive], answer.Must(HttpStatusCode.OK).Labels);
        Assert.Empty(await App.AlertsOfAsync(other));
    }

    [Fact]
    public async Task What_is_no_report_is_told_so_and_leaves_no_row()
    {
        var (organization, reporter) = await ReporterAsync();
        var body = Body(organization.ApiKey.Secret);
        var signed = PartnerReporting.SignedBy(reporter, body, App.Now);
        (await App.PostAsync(At, "{}", PartnerReporting.SignedBy(reporter, "{}", App.Now))).Must(HttpStatusCode.BadRequest);
        (await App.PostAsync(At, body, [.. signed, ("X-Report-Public", "perhaps")])).Must(HttpStatusCode.BadRequest);
        (await App.PostAsync(At, body, [.. signed, ("Content-Type", "text/plain")])).Must(HttpStatusCode.UnsupportedMediaType);
        var get = (await App.SendAsync(HttpMethod.Get, At, null, signed)).Must(HttpStatusCode.MethodNotAllowed);
        Assert.Equal(["POST"], get.Message.Content.Headers.Allow);
        Assert.Empty(await App.ReportsOfAsync(reporter));
        Assert.Empty(await App.AlertsOfAsync(organization));
    }

    private async Task<(TestOrganization Organization, Enrolled Reporter)> ReporterAsync()
    {
        var organization = await App.CreateOrganizationAsync($"Signs {Guid.NewGuid():N}");
        return (organization, await App.EnrolAsync(organization, ReporterProof.Signature, "Crawler"));
    }

    private static string Body(params string[] tokens) =>
        System.Text.Json.JsonSerializer.Serialize(tokens.Select(token => new
        {
            token,
            type = "safetycenter_api_key",
            url = Place,
            source = "content",
        }));
}
