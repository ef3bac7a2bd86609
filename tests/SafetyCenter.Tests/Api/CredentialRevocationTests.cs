using System.Net;
using System.Text;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>Whoever holds a secret may end it, and learns nothing by that.</summary>
public sealed class CredentialRevocationTests(PartnersStage stage) : IClassFixture<PartnersStage>, IAsyncDisposable
{
    private const string At = "/api/v2/credentials/revoke";

    private App App => stage.App;

    // Each test from an address with its whole allowance, and everybody with theirs.
    private readonly (string, string) _from = ("X-Forwarded-For", $"192.0.2.{Random.Shared.Next(1, 250)}");

    public async ValueTask DisposeAsync()
    {
        await App.AssertKeepsNoSecretAsync();
        stage.Time.Advance(TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task A_key_that_was_shown_is_dead_by_the_answer()
    {
        var organization = await App.CreateOrganizationAsync("Shown");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var other = await App.IssueApiKeyAsync(organization, "other");
        Assert.True(await App.OpensAsync(spare.Secret));
        AssertTaken(await ShowAsync(spare.Secret));

        Assert.False(await App.OpensAsync(spare.Secret));
        Assert.True(await App.OpensAsync(other.Secret));
        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.Equal((spare.Id, AlertState.Resolved), (alert.CredentialId, alert.State));
        Assert.Equal(RevocationReason.Leaked, alert.Credential.RevokedBecause);
        var report = Assert.Single(
            await App.RowsAsync<LeakReport>(all => all.Where(row => row.Id == alert.RaisedByReportId)));
        Assert.Equal(
            (LeakChannel.Shown, "shown", "Somebody who holds the key"),
            (report.Channel, report.Reporter, report.SourceName));
        Assert.Equal([organization.Admin.Email], await ToldAsync(organization));

        // Again, with something else beside it: nobody is told twice.
        AssertTaken(await ShowAsync(spare.Secret));
        AssertTaken(await ShowAsync(spare.Secret, "beside it"));
        Assert.Equal([organization.Admin.Email], await ToldAsync(organization));
    }

    [Fact]
    public async Task The_last_key_is_spared_and_ends_when_it_is_shown_again_beside_another()
    {
        var organization = await App.CreateOrganizationAsync("Last shown");
        var last = organization.ApiKey;
        AssertTaken(await ShowAsync(last.Secret));
        AssertTaken(await ShowAsync(last.Secret));
        Assert.True(await App.OpensAsync(last.Secret));
        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.Single(await App.RowsAsync<AlertEvent>(all => all.Where(
            row => row.AlertId == alert.Id && row.Kind == AlertEventKind.RevocationRefused)));

        await App.IssueApiKeyAsync(organization, "replacement");
        AssertTaken(await ShowAsync(last.Secret));
        Assert.False(await App.OpensAsync(last.Secret));
        Assert.Equal(AlertState.Resolved, Assert.Single(await App.AlertsOfAsync(organization)).State);
    }

    [Fact]
    public async Task Every_kind_that_acts_for_somebody_ends_and_a_client_token_does_not()
    {
        var organization = await App.CreateOrganizationAsync("Every kind");
        var personal = await Tokens.AccessAsync(App, organization.Admin.Id, "laptop", "api_keys_read");
        var client = await Tokens.ClientAsync(App, organization);
        AssertTaken(await ShowAsync(organization.ApplicationKey.Secret, personal.Secret, client.Secret));

        var ended = await App.RowsAsync<Credential>(all => all
            .Where(row => row.OrganizationId == organization.Id && row.RevokedAt != null));
        Assert.Equal(
            new[] { organization.ApplicationKey.Id, personal.Id }.Order(), ended.Select(row => row.Id).Order());
    }

    [Fact]
    public async Task Where_the_rules_do_not_let_it_the_key_lives_and_its_people_are_told()
    {
        var organization = await App.CreateOrganizationAsync("Careful");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        await App.ChangeAsync(organization, row => row.SetLeakRules(new LeakRules { RevokesShown = false }));
        AssertTaken(await ShowAsync(spare.Secret));

        Assert.True(await App.OpensAsync(spare.Secret));
        Assert.True(Assert.Single(await App.AlertsOfAsync(organization)).IsOpen);
        Assert.Equal([organization.Admin.Email], await ToldAsync(organization));
    }

    [Fact]
    public async Task The_last_API_key_without_an_end_is_spared_and_its_people_are_told()
    {
        var organization = await App.CreateOrganizationAsync("Last key");
        AssertTaken(await ShowAsync(organization.ApiKey.Secret));

        Assert.True(await App.OpensAsync(organization.ApiKey.Secret));
        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.Contains(alert.Events, happened => happened.Kind == AlertEventKind.RevocationRefused);
        Assert.Equal([organization.Admin.Email], await ToldAsync(organization));
    }

    [Fact]
    public async Task Only_a_whole_secret_counts_and_junk_costs_nothing()
    {
        var organization = await App.CreateOrganizationAsync("Half a key");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var reports = await ReportsAsync();
        AssertTaken(await ShowAsync(
            spare.Secret[..^1], spare.Secret + "0", spare.Secret.ToUpperInvariant(), $"Bearer {spare.Secret}",
            $"{spare.Secret}\n", $" {spare.Secret}", $"{spare.Secret}\0", $"{spare.Id}", spare.Secret[^4..], ""));

        Assert.True(await App.OpensAsync(spare.Secret));
        Assert.Empty(await App.AlertsOfAsync(organization));
        Assert.Equal(reports, await ReportsAsync());
    }

    [Fact]
    public async Task The_answer_is_the_same_for_ours_for_others_and_whoever_calls()
    {
        var organization = await App.CreateOrganizationAsync("No oracle");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var other = await App.IssueApiKeyAsync(organization, "other");
        var stranger = new SecretFormat().Mint(SecretKind.ApiKey).Reveal();
        Heard[] answers =
        [
            await ShowAsync(spare.Secret),
            await ShowAsync(spare.Secret),
            await ShowAsync(stranger),
            await ShowAsync("junk"),
            await ShowAsync([.. Enumerable.Range(0, 1000).Select(number => $"junk {number}")]),
            await App.PostAsync(
                At,
                Body(other.Secret),
                _from,
                ("DD-API-KEY", organization.ApiKey.Secret),
                ("DD-APPLICATION-KEY", organization.ApplicationKey.Secret)),
            await App.PostAsync(At, Body(stranger), _from, ("Authorization", "Bearer junk"), ("Cookie", "safetycenter=junk")),
        ];
        Assert.All(answers, AssertTaken);
        Assert.Single(answers.Select(answer => string.Join(
            '|',
            answer.Message.Headers.Concat(answer.Message.Content.Headers)
                .Where(header => header.Key != "Date")
                .Select(header => $"{header.Key}={string.Join(',', header.Value)}")
                .Order(StringComparer.Ordinal))).Distinct());
        Assert.False(await App.OpensAsync(other.Secret));

        // A browser that is signed in is not asked for the token of a form, for no cookie counts here.
        using var admin = await App.SignedInAsync(organization.Admin);
        using var request = new HttpRequestMessage(HttpMethod.Post, At);
        request.Content = new StringContent(Body("junk"), Encoding.UTF8, "application/json");
        request.Headers.Add(_from.Item1, _from.Item2);
        using var answer = await admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"credentials":[]}""")]
    [InlineData("""{"credentials":"KEY"}""")]
    [InlineData("""{"credentials":["KEY",17]}""")]
    [InlineData("""{"credentials":["KEY",null]}""")]
    [InlineData("""{"credentials":[["KEY"]]}""")]
    [InlineData("""{"credentials":["KEY"]""")]
    [InlineData("""{"credentials":["KEY"],}""")]
    [InlineData("""{"credentials":["KEY","\ud800"]}""")]
    [InlineData("""{"credentials":["KEY"],"credentials":["KEY"]}""")]
    [InlineData("\uFEFF{\"credentials\":[\"KEY\"]}")]
    public async Task Another_form_is_refused_and_nothing_is_done(string body)
    {
        var organization = await App.CreateOrganizationAsync($"Form {Guid.NewGuid():N}");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var reports = await ReportsAsync();
        var refused = await App.PostAsync(At, body.Replace("KEY", spare.Secret, StringComparison.Ordinal), _from);

        Assert.NotEmpty(refused.Must(HttpStatusCode.BadRequest).Error);
        Assert.True(await App.OpensAsync(spare.Secret));
        Assert.Equal(reports, await ReportsAsync());
    }

    [Fact]
    public async Task A_thousand_are_taken_and_one_more_is_not()
    {
        var organization = await App.CreateOrganizationAsync("Thousand");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var many = Enumerable.Range(0, 1000).Select(number => $"junk {number}").ToArray();
        var refused = (await ShowAsync([.. many, spare.Secret])).Must(HttpStatusCode.BadRequest);
        Assert.Contains("1 to 1000", refused.Error, StringComparison.Ordinal);
        Assert.True(await App.OpensAsync(spare.Secret));

        AssertTaken(await ShowAsync([.. many.Skip(1), spare.Secret]));
        Assert.False(await App.OpensAsync(spare.Secret));
    }

    [Fact]
    public async Task What_is_no_such_request_is_told_so()
    {
        var get = (await App.SendAsync(HttpMethod.Get, At, null, _from)).Must(HttpStatusCode.MethodNotAllowed);
        Assert.Equal(["POST"], get.Message.Content.Headers.Allow);
        (await App.PostAsync(At, Body("x"), _from, ("Content-Type", "text/plain"))).Must(HttpStatusCode.UnsupportedMediaType);
        (await App.PostAsync(At, Body("x"), _from, ("Content-Encoding", "gzip"))).Must(HttpStatusCode.UnsupportedMediaType);
        (await App.PostAsync(At, Body("x").PadRight(CredentialRevocationApi.LongestBody + 1), _from))
            .Must(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Who_shows_too_often_is_told_to_wait_a_minute_and_others_are_not()
    {
        var organization = await App.CreateOrganizationAsync("Too often");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, ReportRates.ShownAtOnce + 3).Select(_ => App.PostAsync(At, Body("junk"), _from)));
        Assert.Equal(ReportRates.ShownAtOnce, answers.Count(answer => answer.Status == HttpStatusCode.Accepted));
        var late = (await ShowAsync(spare.Secret)).Must(HttpStatusCode.TooManyRequests);
        Assert.Equal(ReportRates.ShownEach, late.RetryAfter);
        Assert.True(await App.OpensAsync(spare.Secret));

        // What is refused for its form costs nothing of that, and is told why.
        (await App.PostAsync(At, "{}", _from)).Must(HttpStatusCode.BadRequest);
        stage.Time.Advance(ReportRates.ShownEach);
        AssertTaken(await ShowAsync(spare.Secret));
        (await ShowAsync("junk")).Must(HttpStatusCode.TooManyRequests);
        AssertTaken(await App.PostAsync(At, Body("junk"), ("X-Forwarded-For", "198.51.100.1")));
        Assert.False(await App.OpensAsync(spare.Secret));
    }

    [Fact]
    public async Task The_number_of_statements_does_not_grow_with_what_is_shown()
    {
        var organization = await App.CreateOrganizationAsync("Many shown");
        var few = await CountAsync(10);
        Assert.InRange(few, 5, 25);
        Assert.Equal(few, await CountAsync(1000));

        async Task<int> CountAsync(int count)
        {
            var secrets = await App.IssueManyAsync(organization, count);
            using var statements = new Statements();
            AssertTaken(await App.PostAsync(At, Body(secrets), _from, ("traceparent", statements.TraceParent)));
            return statements.Texts.Count;
        }
    }

    private Task<Heard> ShowAsync(params string[] texts) => App.PostAsync(At, Body(texts), _from);

    private static string Body(params string[] texts) => JsonSerializer.Serialize(new { credentials = texts });

    private static void AssertTaken(Heard answer) => Assert.Equal("{}", answer.Must(HttpStatusCode.Accepted).Body);

    private async Task<int> ReportsAsync() => (await App.RowsAsync<LeakReport>()).Count;

    private async Task<string[]> ToldAsync(TestOrganization organization) =>
        [.. (await App.EmailsAsync())
            .Where(email => email.OrganizationId == organization.Id)
            .Where(email => email.Kind is EmailKind.LeakFound or EmailKind.LeakAgain or EmailKind.LeakClosed)
            .Select(email => email.Recipient)];
}
