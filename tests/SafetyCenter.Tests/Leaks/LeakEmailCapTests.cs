using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Leaks;

/// <summary>However much leaks, nobody gets hundreds of emails an hour.</summary>
public sealed class LeakEmailCapTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task After_twenty_emails_in_an_hour_one_says_that_there_is_more_and_the_next_hour_is_a_new_one()
    {
        var organization = await app.CreateOrganizationAsync("Flood");
        var other = await app.CreateOrganizationAsync("Dry");
        await app.SetContactsAsync(organization, "soc@flood.example");
        await app.SetContactsAsync(other, "soc@flood.example");
        var keys = await app.IssueManyAsync(organization, 25);
        foreach (var key in keys[..23])
        {
            await app.ReportAsync(new Match(key));
        }

        Assert.Equal((20, 1), await ToldAsync(organization));
        var more = Assert.Single(await app.EmailsAsync(EmailKind.MoreLeaks));
        var words = (await app.WordsAsync(more))!;
        Assert.Contains("Unresolved alerts: 23", words.Text, StringComparison.Ordinal);
        Assert.Contains(organization.SafetyCenter("alerts"), words.Text, StringComparison.Ordinal);

        // The same address as contact of another organization is told of that one.
        await app.ReportAsync(new Match(other.ApiKey.Secret));
        Assert.Equal((1, 0), await ToldAsync(other));

        app.Time.Jump(TimeSpan.FromHours(1));
        await app.ReportAsync(new Match(keys[23]));
        Assert.Equal((21, 1), await ToldAsync(organization));
    }

    private async Task<(int Found, int More)> ToldAsync(TestOrganization organization)
    {
        var told = await app.ToldAsync(organization);
        return (told.Count(email => email.Kind == EmailKind.LeakFound), told.Count(email => email.Kind == EmailKind.MoreLeaks));
    }
}
