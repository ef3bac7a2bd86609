using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Api;

/// <summary>Cases 49 to 61: which tokens are ours, what becomes of them, and who is told.</summary>
public sealed class GitHubSecretScanningMatchingTests(App app) : IClassFixture<App>, IAsyncDisposable
{
    /// <summary>Case 72, after every test.</summary>
    public async ValueTask DisposeAsync() => await app.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task Case_49_an_active_key_raises_an_alert_with_its_place_and_an_email()
    {
        var organization = await app.CreateOrganizationAsync("First leak");
        var answer = await app.ReportAsync(
            new Match(organization.ApiKey.Secret, "https://github.example/a/b", "gist_content"));

        Assert.Equal([Reporting.TruePositive], answer.Labels);
        var alert = Assert.Single(await AlertsOfAsync(organization));
        Assert.Equal(organization.ApiKey.Id, alert.CredentialId);
        Assert.True(alert.IsOpen);
        var place = Assert.Single(await PlacesOfAsync(organization));
        Assert.Equal(
            ("https://github.example/a/b", LeakSource.GistContent, 1), (place.Place, place.Source, place.Times));
        Assert.Equal([organization.Admin.Email], await ToldAsync(organization));

        using var admin = await app.SignedInAsync(organization.Admin);
        var card = (await admin.PageAsync(organization.SafetyCenter($"alerts/{alert.Id}")))
            .QuerySelector($"[data-subject='{alert.CredentialId}']")!;
        Assert.Equal(("leaked-api-key", "open"), (card.GetAttribute("data-rule"), card.GetAttribute("data-state")));
    }

    [Fact]
    public async Task Case_50_a_revoked_key_is_ours_too_but_nobody_is_woken()
    {
        var organization = await app.CreateOrganizationAsync("Revoked before");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.RevokeAsync(organization, spare);
        var answer = await app.ReportAsync(new Match(spare.Secret));

        Assert.Equal([Reporting.TruePositive], answer.Labels);
        Assert.False(Assert.Single(await AlertsOfAsync(organization)).IsOpen);
        Assert.Single(await PlacesOfAsync(organization));
        Assert.Empty(await app.RowsAsync<Email>(all => all.Where(email => email.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Case_54_a_well_formed_secret_that_we_never_issued_is_not_ours()
    {
        var stranger = new SecretFormat().Mint(SecretKind.ApplicationKey).Reveal();
        var alerts = (await app.RowsAsync<Alert>()).Count;

        Assert.Equal([Reporting.FalsePositive], (await app.ReportAsync(new Match(stranger))).Labels);
        Assert.Equal(alerts, (await app.RowsAsync<Alert>()).Count);
    }

    [Fact]
    public async Task Case_55_a_wrong_checksum_is_not_even_looked_up()
    {
        var organization = await app.CreateOrganizationAsync("Near miss");
        var secret = organization.ApiKey.Secret;
        var miss = secret[..^1] + (secret[^1] == '0' ? '1' : '0');
        Assert.DoesNotContain(await LookUpsAsync(new Match(miss)), text => text.Contains("credentials"));
        Assert.Contains(await LookUpsAsync(new Match(secret)), text => text.Contains("credentials"));
        Assert.Single(await AlertsOfAsync(organization));

        async Task<IReadOnlyList<string>> LookUpsAsync(Match match)
        {
            using var statements = new Statements();
            var body = Reporting.Body(match);
            await app.SendReportAsync(
                body,
                app.GitHub.Sign(body),
                request => request.Headers.Add("traceparent", statements.TraceParent));
            Assert.Contains(statements.Texts, text => text.Contains("leak_reports"));
            return statements.Texts;
        }
    }

    [Theory]
    [InlineData("Bearer {0}")]
    [InlineData("\"{0}\"")]
    [InlineData("DD_API_KEY={0}")]
    [InlineData("  {0}\r\n  ")]
    [InlineData("https://api.example/v1/series?api_key={0}&x=1")]
    [InlineData("api_key: {0} # do not commit")]
    public async Task Case_56_a_secret_is_found_in_the_text_around_it(string text)
    {
        var organization = await app.CreateOrganizationAsync($"Around {text.GetHashCode(StringComparison.Ordinal)}");
        var answer = await app.ReportAsync(
            new Match(string.Format(null, text, organization.ApiKey.Secret)),
            new Match(string.Format(null, text, organization.ApplicationKey.Secret)));

        Assert.Equal([Reporting.TruePositive, Reporting.TruePositive], answer.Labels);
        Assert.Equal(2, (await AlertsOfAsync(organization)).Count);
    }

    [Fact]
    public async Task Two_secrets_in_one_token_raise_two_alerts_and_get_one_row()
    {
        var organization = await app.CreateOrganizationAsync("Pair");
        var answer = await app.ReportAsync(
            new Match($"DD_API_KEY={organization.ApiKey.Secret} DD_APP_KEY={organization.ApplicationKey.Secret}"));

        Assert.Equal([Reporting.TruePositive], answer.Labels);
        Assert.Equal(2, (await AlertsOfAsync(organization)).Count);
    }

    [Fact]
    public async Task Case_57_an_upper_cased_key_is_another_key()
    {
        var organization = await app.CreateOrganizationAsync("Shouting");
        var answer = await app.ReportAsync(new Match(organization.ApiKey.Secret.ToUpperInvariant()));

        Assert.Equal([Reporting.FalsePositive], answer.Labels);
        Assert.Empty(await AlertsOfAsync(organization));
    }

    [Fact]
    public async Task Case_45_what_it_is_called_does_not_matter()
    {
        var organization = await app.CreateOrganizationAsync("Misnamed");
        var answer = await app.ReportAsync(
            new Match(organization.ApiKey.Secret, Type: "some_other_vendor"),
            new Match(organization.ApplicationKey.Secret, Type: "safetycenter_api_key"));

        Assert.Equal([Reporting.TruePositive, Reporting.TruePositive], answer.Labels);
        Assert.Equal(
            ["leaked-api-key", "leaked-application-key"],
            (await AlertsOfAsync(organization)).Select(alert => alert.Rule).Order());
    }

    [Fact]
    public async Task Case_60_one_secret_cannot_be_of_two_organizations()
    {
        var organization = await app.CreateOrganizationAsync("Original");
        var other = await app.CreateOrganizationAsync("Copy");
        var conflict = await Assert.ThrowsAsync<DbUpdateException>(() => app.InScopeAsync(async db =>
        {
            Assert.True(new SecretFormat().TryRead(organization.ApiKey.Secret, out var secret));
            var copy = await db.Organizations.SingleAsync(row => row.Id == other.Id);
            db.Add(ApiKey.Issue(copy, "copied", isTaken: false, activeKeys: 0, secret, by: null, app.Now));
            await db.SaveChangesAsync();
        }));

        Assert.Contains("hash", Assert.IsType<Npgsql.PostgresException>(conflict.InnerException).ConstraintName);
    }

    [Fact]
    public async Task Case_61_a_report_shows_nothing_to_another_organization()
    {
        var cast = await app.CastAsync();
        await app.ReportAsync(new Match(cast.Acme.ApiKey.Secret, "https://github.example/acme/only-acme"));
        var alert = Assert.Single(await AlertsOfAsync(cast.Acme));

        using var ann = await app.SignedInAsync(cast.Ann);
        Assert.Single((await ann.PageAsync(cast.Acme.SafetyCenter("alerts")))
            .QuerySelectorAll("[data-rule='leaked-api-key']"));

        using var carl = await app.SignedInAsync(cast.Carl);
        foreach (var page in new[] { "", "alerts", "configuration", "users", "access-sharing" })
        {
            var html = (await carl.PageAsync(cast.Globex.SafetyCenter(page))).DocumentElement.OuterHtml;
            Assert.DoesNotContain("only-acme", html, StringComparison.Ordinal);
            Assert.DoesNotContain($"{alert.CredentialId}", html, StringComparison.Ordinal);
        }

        foreach (var address in new[]
            { cast.Globex.SafetyCenter($"alerts/{alert.Id}"), cast.Acme.SafetyCenter($"alerts/{alert.Id}") })
        {
            using var refused = await carl.GetAsync(address, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }

        Assert.Equal([cast.Ann.Email], await ToldAsync(cast.Acme));
        Assert.Empty(await ToldAsync(cast.Globex));
    }

    [Fact]
    public async Task Contacts_are_told_verified_or_not_and_the_owner_of_an_application_key()
    {
        var organization = await app.CreateOrganizationAsync("Contacts");
        var owner = await app.AddPersonAsync(organization, "owner@contacts.example");
        var key = await app.IssueApplicationKeyAsync(owner, "owned");
        await app.SetContactsAsync(organization, "first@contacts.example", "second@contacts.example");
        await app.ReportAsync(new Match(key.Secret), new Match(organization.ApiKey.Secret));

        Assert.Equal(
            ["first@contacts.example", "owner@contacts.example", "second@contacts.example"],
            await ToldAsync(organization));

        // The owner reads of their own key, not of what else leaked, and is led to no page they cannot open.
        var letter = await OwnersLetterAsync();
        Assert.Contains("owned", letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(organization.ApiKey.Secret[^4..], letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/safety-center/", letter.Raw, StringComparison.Ordinal);

        async Task<SmtpSink.Mail> OwnersLetterAsync()
        {
            SmtpSink.Mail? found = null;
            await Eventually.IsTrueAsync(
                async () => (found = (await app.WaitForLettersAsync(1))
                    .FirstOrDefault(candidate => candidate.To == "owner@contacts.example")) is not null,
                "the owner's letter");
            return found!;
        }
    }

    [Fact]
    public async Task An_address_that_two_organizations_share_gets_one_letter_of_each_about_its_own_keys()
    {
        var one = await app.CreateOrganizationAsync("Shared one");
        var two = await app.CreateOrganizationAsync("Shared two");
        var extra = await app.IssueApiKeyAsync(one, "extra");
        await app.SetContactsAsync(one, "soc@shared.example");
        await app.SetContactsAsync(two, "soc@shared.example");
        await app.ReportAsync(
            new Match(one.ApiKey.Secret), new Match(two.ApiKey.Secret), new Match(extra.Secret));

        Assert.Equal(["soc@shared.example"], await ToldAsync(one));
        Assert.Equal(["soc@shared.example"], await ToldAsync(two));
        var subjects = new List<string>();
        await Eventually.IsTrueAsync(
            async () =>
            {
                subjects = [.. (await app.WaitForLettersAsync(1))
                    .Where(letter => letter.To == "soc@shared.example" && letter.Subject.Contains("found"))
                    .Select(letter => letter.Subject).Order()];
                return subjects.Count == 2;
            },
            "a letter of each organization");
        Assert.Equal(
            ["[Shared one] 2 keys were found in public", "[Shared two] API key “main” was found in public"],
            subjects);
    }

    [Fact]
    public async Task A_report_is_not_a_use()
    {
        var organization = await app.CreateOrganizationAsync("Unused");
        await app.ReportAsync(new Match(organization.ApiKey.Secret));

        var key = (await AlertsOfAsync(organization)).Single().Credential;
        Assert.Null(key.LastUsedAt);
        Assert.True(key.IsActive);
    }

    private Task<List<Alert>> AlertsOfAsync(TestOrganization organization) => app.RowsAsync<Alert>(all => all
        .Include(alert => alert.Credential)
        .Where(alert => alert.OrganizationId == organization.Id));

    private Task<List<Occurrence>> PlacesOfAsync(TestOrganization organization) =>
        app.RowsAsync<Occurrence>(all => all.Where(occurrence => occurrence.OrganizationId == organization.Id));

    private async Task<IEnumerable<string>> ToldAsync(TestOrganization organization) =>
        (await app.EmailsAsync())
            .Where(email => email.OrganizationId == organization.Id)
            .Select(email => email.Recipient)
            .Order();
}
