using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Whoever asks for one app after the other does not fill the mailboxes of the admins.</summary>
public sealed class ApprovalCapTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task So_many_requests_of_one_member_are_told_in_a_day_and_all_of_them_stand_in_the_list()
    {
        var organization = await stage.CreateOrganizationAsync("Asks a lot");
        var bob = await stage.AddPersonAsync(organization, "bob@asks-a-lot.example", "Bob Builder");
        var eve = await stage.AddPersonAsync(organization, "eve@asks-a-lot.example", "Eve");
        for (var number = 1; number <= AppEmails.AskedPerDay + 2; number++)
        {
            await AskAsync(organization, bob, number);
        }

        var told = await ToldAsync(organization);
        Assert.Equal(AppEmails.AskedPerDay, told.Count);
        Assert.Equal(
            AppEmails.AskedPerDay + 2,
            (await stage.RowsAsync<OAuthApp>(all => all.Where(app => app.OrganizationId == organization.Id))).Count);
        using var admin = await stage.SignedInAsync(organization.Admin);
        Assert.Contains(
            $"{AppEmails.AskedPerDay + 2} OAuth apps wait for approval",
            (await admin.PageAsync(organization.SafetyCenter())).TextOf("[data-waiting-apps]"),
            StringComparison.Ordinal);

        // The last one says that it is the last one.
        const string more = "We write no more about apps that Bob Builder asks for until a day has passed";
        Assert.DoesNotContain(more, (await stage.ComposedAsync(told[^2]))!.Text, StringComparison.Ordinal);
        var last = (await stage.ComposedAsync(told[^1]))!;
        Assert.Contains(more, last.Text, StringComparison.Ordinal);
        Assert.Contains(organization.Settings("oauth-apps"), last.Text, StringComparison.Ordinal);

        // Others are heard, and so is he on another day.
        await AskAsync(organization, eve, 1);
        Assert.Equal(AppEmails.AskedPerDay + 1, (await ToldAsync(organization)).Count);
        stage.Time.Jump(TimeSpan.FromDays(1));
        await AskAsync(organization, bob, 100);
        Assert.Equal(AppEmails.AskedPerDay + 2, (await ToldAsync(organization)).Count);
    }

    private async Task AskAsync(TestOrganization organization, Person by, int number)
    {
        stage.Time.Jump(TimeSpan.FromSeconds(1));
        await stage.BringDynamicAsync(organization, $"{by.Email} {number}", by.Id, isApproved: false, "dashboards_read");
    }

    private Task<List<Email>> ToldAsync(TestOrganization organization) => stage.RowsAsync<Email>(all => all
        .Where(email => email.OrganizationId == organization.Id && email.Kind == EmailKind.AppApprovalAsked)
        .OrderBy(email => email.CreatedAt));
}
