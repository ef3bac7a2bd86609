using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Pages;

namespace SafetyCenter.Tests.Pages;

/// <summary>The page on which anybody who holds a key reports it.</summary>
public sealed class ReportAKeyTests(ClockedApp app) : IClassFixture<ClockedApp>, IAsyncLifetime
{
    private const string Page = "/report-a-key";

    private HttpClient _stranger = null!;

    public ValueTask InitializeAsync()
    {
        app.Time.Advance(TimeSpan.FromHours(2));
        _stranger = app.NewClient();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _stranger.Dispose();
        await app.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task A_key_in_the_text_is_dead_when_the_page_answers()
    {
        var organization = await app.CreateOrganizationAsync("Found in the street");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        var other = await app.IssueApiKeyAsync(organization, "other");
        Assert.True(await app.OpensAsync(spare.Secret));
        var answer = await ReportAsync($"# .env\r\nDD_API_KEY={spare.Secret}\r\n");

        Assert.DoesNotContain(spare.Secret, answer, StringComparison.Ordinal);
        Assert.False(await app.OpensAsync(spare.Secret));
        Assert.True(await app.OpensAsync(other.Secret));
        var alert = Assert.Single(await app.AlertsOfAsync(organization));
        Assert.Equal(spare.Id, alert.CredentialId);
        var report = Assert.Single(
            await app.RowsAsync<LeakReport>(all => all.Where(row => row.Id == alert.RaisedByReportId)));
        Assert.Equal((LeakChannel.Shown, ShownSecrets.SourceName), (report.Channel, report.SourceName));

        // Whatever was sent, and whoever sent it: the same page.
        Assert.Equal(answer, await ReportAsync("junk"));
        Assert.Equal(answer, await ReportAsync(spare.Secret));
    }

    [Fact]
    public async Task It_is_linked_where_people_sign_in_and_stored_nowhere()
    {
        Assert.NotNull((await _stranger.PageAsync("/sign-in")).QuerySelector($"a[href='{Page}']"));
        using var answer = await _stranger.GetAsync(Page, TestContext.Current.CancellationToken);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("text", (await answer.DocumentAsync()).QuerySelector("label")!.GetAttribute("for"));
    }

    [Fact]
    public async Task A_form_of_another_site_is_refused()
    {
        var organization = await app.CreateOrganizationAsync("Forged report");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var forged = await _stranger.PostAsync(
            Page,
            new FormUrlEncodedContent([new("text", spare.Secret)]),
            TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.True(await app.OpensAsync(spare.Secret));
    }

    [Fact]
    public async Task Nothing_and_too_much_are_refused_and_never_shown_again()
    {
        var organization = await app.CreateOrganizationAsync("Too much text");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var blank = await _stranger.PostFormAsync(Page, "Report", ("text", " \r\n "));
        Assert.Equal(HttpStatusCode.BadRequest, blank.StatusCode);
        Assert.Contains("Paste the key first.", await blank.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // Bytes count: the letter has two.
        var text = spare.Secret + " " + new string('ä', ReportAKeyModel.LengthMax / 2);
        using var tooLong = await _stranger.PostFormAsync(Page, "Report", ("text", text));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);
        var page = await tooLong.Content.ReadAsStringAsync();
        Assert.Contains("more than 100 kB", page, StringComparison.Ordinal);
        Assert.DoesNotContain(spare.Secret, page, StringComparison.Ordinal);
        Assert.True(await app.OpensAsync(spare.Secret));
        Assert.Empty(await app.AlertsOfAsync(organization));

        await ReportAsync(text[..(ReportAKeyModel.LengthMax / 2)]);
        Assert.False(await app.OpensAsync(spare.Secret));
    }

    [Fact]
    public async Task It_counts_with_the_endpoint_for_programs()
    {
        var posts = await Task.WhenAll(Enumerable.Range(0, ReportRates.ShownAtOnce)
            .Select(_ => app.PostAsync("/api/v2/credentials/revoke", """{"credentials":["junk"]}""")));
        Assert.All(posts, post => post.Must(HttpStatusCode.Accepted));
        using var late = await _stranger.PostFormAsync(Page, "Report", ("text", "junk"));

        Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
        Assert.Equal(ReportRates.ShownEach, late.Headers.RetryAfter!.Delta);
        Assert.Contains("Wait 1 minute,", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_signed_in_gets_the_same_words()
    {
        var organization = await app.CreateOrganizationAsync("Own key");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var answer = await admin.PostFormAsync(Page, "Report", ("text", spare.Secret));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Thank you", (await answer.DocumentAsync()).QuerySelector("main h1")!.TextContent);
        Assert.False(await app.OpensAsync(spare.Secret));
    }

    private async Task<string> ReportAsync(string text)
    {
        using var answer = await _stranger.PostFormAsync(Page, "Report", ("text", text));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
