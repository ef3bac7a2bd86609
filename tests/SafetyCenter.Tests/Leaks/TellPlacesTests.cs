using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Leaks;

/// <summary>Once a day, of places that no other email told.</summary>
public sealed class TellPlacesTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task More_places_of_what_is_unresolved_are_told_the_next_day_once_to_the_primary_contact()
    {
        var organization = await app.CreateOrganizationAsync("More places");
        await app.SetContactsAsync(organization, "first@more-places.example", "second@more-places.example");
        var quiet = await app.CreateOrganizationAsync("Quiet places");
        var revoked = await app.IssueApiKeyAsync(organization, "revoked");
        await app.ReportAsync(
            new Match(organization.ApiKey.Secret, "https://github.example/first"),
            new Match(revoked.Secret, "https://github.example/first"),
            new Match(quiet.ApiKey.Secret, "https://github.example/first"));
        await app.ReportAsync(
            new Match(organization.ApiKey.Secret, "https://github.example/second"),
            new Match(revoked.Secret, "https://github.example/second"));
        await app.RevokeAsync(organization, revoked);
        Assert.Empty(await AfterAsync(organization, quiet));

        app.Time.Jump(TimeSpan.FromDays(1));
        var email = Assert.Single(await AfterAsync(organization, quiet));
        Assert.Equal((organization.Id, "first@more-places.example"), (email.OrganizationId, email.Recipient));
        var words = (await app.WordsAsync(email))!;
        Assert.Contains("https://github.example/second", words.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://github.example/first", words.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("revoked (ends in", words.Text, StringComparison.Ordinal);
        Assert.Single(await AfterAsync(organization, quiet));
        app.Time.Jump(TimeSpan.FromDays(1));
        Assert.Single(await AfterAsync(organization, quiet));

        await app.RevokeAsync(organization, organization.ApiKey);
        Assert.Null(await app.WordsAsync(email));
    }

    [Fact]
    public async Task What_was_told_at_once_is_not_told_again()
    {
        var organization = await app.CreateOrganizationAsync("Told at once");
        await app.ReportAsync(new Match(organization.ApiKey.Secret, "https://github.example/first"));
        await app.ActAsync(organization, organization.ApiKey.Id, alert => alert.Dismiss(
            Resolution.UsedInTests, "A test.", organization.Admin.Id, app.Now));
        await app.ReportAsync(new Match(organization.ApiKey.Secret, "https://github.example/again"));
        Assert.True((await app.AlertOfAsync(organization.ApiKey.Id)).IsOpen);
        app.Time.Jump(TimeSpan.FromDays(1));
        Assert.Empty(await AfterAsync(organization));
    }

    [Fact]
    public async Task Without_contacts_the_admins_are_told()
    {
        var organization = await app.CreateOrganizationAsync("No contacts", "ann@no-contacts.example");
        await app.ReportAsync(new Match(organization.ApiKey.Secret, "https://github.example/first"));
        await app.ReportAsync(new Match(organization.ApiKey.Secret, "https://github.example/second"));
        app.Time.Jump(TimeSpan.FromDays(1));
        Assert.Equal(
            "ann@no-contacts.example",
            Assert.Single(await AfterAsync(organization)).Recipient);
    }

    private async Task<List<Email>> AfterAsync(params TestOrganization[] organizations)
    {
        await app.RunAsync<TellPlaces>();
        return [.. (await app.EmailsAsync(EmailKind.MorePlaces))
            .Where(email => organizations.Any(organization => organization.Id == email.OrganizationId))];
    }
}
