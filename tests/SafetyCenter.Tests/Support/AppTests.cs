using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Support;

/// <summary>The stage that other tests stand on.</summary>
public sealed class AppTests(App app, TestPostgres postgres) : IClassFixture<App>
{
    [Fact]
    public async Task The_cast_can_sign_in_and_stays_apart()
    {
        var cast = await app.CastAsync();
        using var ann = await app.SignedInAsync(cast.Ann);
        var overview = await ann.PageAsync(cast.Acme.SafetyCenter());
        Assert.Contains("Acme", overview.Body!.TextContent, StringComparison.Ordinal);

        using var carl = await app.SignedInAsync(cast.Carl);
        using var foreign = await carl.GetAsync(
            cast.Acme.SafetyCenter(), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);

        using var bob = await app.SignedInAsync(cast.Bob);
        using var refused = await bob.GetAsync(cast.Acme.SafetyCenter(), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Keys_are_issued_and_revoked()
    {
        var organization = await app.CreateOrganizationAsync("Keys & Co");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.IssueApplicationKeyAsync(organization.Admin, "scoped", Permission.OrgManagement);
        await app.RevokeAsync(organization, spare);

        var keys = await app.RowsAsync<Credential>(
            all => all.Where(key => key.OrganizationId == organization.Id).OrderBy(key => key.CreatedAt));
        Assert.Equal(["main", "main", "scoped"], keys.Where(key => key.IsActive).Select(key => key.Name));
        Assert.Equal(spare.Id, Assert.Single(keys, key => !key.IsActive).Id);
        Assert.Equal(keys.Single(key => key.Id == organization.ApiKey.Id).Last4, organization.ApiKey.Secret[^4..]);
    }

    [Fact]
    public async Task Each_app_has_a_clock_and_a_database_of_its_own_and_jobs_run_when_asked()
    {
        var clock = new ManualClock();
        await using var own = await App.StartAsync(postgres, clock);
        await own.CreateOrganizationAsync("Alone");
        clock.Jump(TimeSpan.FromDays(3));

        Assert.Equal(new ManualClock().GetUtcNow().AddDays(3), own.Now);
        Assert.NotEqual(app.ConnectionString, own.ConnectionString);
        Assert.Equal(1, await own.InScopeAsync(db => db.Organizations.CountAsync()));
        Assert.Contains("Forgotten = 0", (await own.RunAsync<ForgetReports>()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Emails_that_were_written_lie_in_the_folder_as_letters()
    {
        await using var own = await App.StartAsync(postgres);
        var organization = await own.CreateOrganizationAsync("Letters");
        using var admin = await own.SignedInAsync(organization.Admin);
        using var set = await admin.PostFormAsync(
            organization.SafetyCenter("configuration"), "Save contacts", ("primary", "security@letters.example"));
        Assert.Equal(HttpStatusCode.Redirect, set.StatusCode);

        var letters = await own.WaitForLettersAsync(3);
        Assert.Equal(
            (await own.EmailsAsync()).Select(email => email.Recipient).Order(),
            letters.Select(letter => letter.To).Order());
        Assert.Contains(own.Log.Lines, line => line.Category.StartsWith("Microsoft", StringComparison.Ordinal));
    }
}
