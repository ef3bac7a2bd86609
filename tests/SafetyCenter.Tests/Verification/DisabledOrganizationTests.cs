using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Verification;

/// <summary>A disabled organization: whatever belongs to it opens nothing, nobody gets in, and all of it comes back.</summary>
public sealed class DisabledOrganizationTests(App here, TestPostgres postgres) : IClassFixture<App>, IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    private App _there = null!;

    public async ValueTask InitializeAsync() => _there = await App.JoinAsync(here);

    public ValueTask DisposeAsync() => _there.DisposeAsync();

    [Fact]
    public async Task Every_kind_of_credential_is_refused_at_once_here_and_within_a_second_there_and_opens_again_likewise()
    {
        var (own, other) = (await OneOfEach.FoundAsync(here), await OneOfEach.FoundAsync(here));
        (string Header, string Value)[][] all =
        [
            [("DD-API-KEY", own.ApiKey.Secret)],
            [("DD-API-KEY", own.ApiKey.Secret), ("DD-APPLICATION-KEY", own.ApplicationKey.Secret)],
            [("DD-APPLICATION-KEY", own.Personal.Secret)],
            [("Authorization", $"Bearer {own.Service.Secret}")],
            [("DD-CLIENT-TOKEN", own.Client.Secret)],
        ];
        var others = new ApiCaller(here, ("DD-API-KEY", other.ApiKey.Secret));
        foreach (var credentials in all)
        {
            (await new ApiCaller(here, credentials).GetAsync("/verify")).Must(HttpStatusCode.OK);
            (await new ApiCaller(_there, credentials).GetAsync("/verify")).Must(HttpStatusCode.OK);
        }

        await ChangeAsync(here, own.Organization.Id, organization => organization.Disable(here.Now));
        var clock = Stopwatch.StartNew();
        foreach (var credentials in all)
        {
            var refused = (await new ApiCaller(here, credentials).GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
            Assert.Contains("organization of this credential is disabled", refused.Errors[0], StringComparison.Ordinal);
            Assert.Equal(refused.Errors, refused.Headers.GetValues("X-Refusal"));
            await BecomesAsync(HttpStatusCode.Forbidden, credentials, clock);
        }

        (await others.GetAsync("/verify")).Must(HttpStatusCode.OK);
        await ChangeAsync(here, own.Organization.Id, organization => organization.Enable());
        clock = Stopwatch.StartNew();
        foreach (var credentials in all)
        {
            (await new ApiCaller(here, credentials).GetAsync("/verify")).Must(HttpStatusCode.OK);
            await BecomesAsync(HttpStatusCode.OK, credentials, clock);
        }
    }

    [Fact]
    public async Task Who_calls_the_API_is_told_why_and_a_key_that_is_dead_anyway_is_told_nothing_more()
    {
        var organization = await here.CreateOrganizationAsync("Told why");
        var spare = await here.IssueApiKeyAsync(organization, "spare");
        var admin = ApiCaller.AdminOf(here, organization);
        (await admin.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        await here.RevokeAsync(organization, spare);
        await ChangeAsync(here, organization.Id, row => row.Disable(here.Now));

        var refused = (await admin.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.Forbidden);
        Assert.StartsWith(
            "Forbidden: the organization of this credential is disabled", refused.Errors[0], StringComparison.Ordinal);
        Assert.Equal(["Forbidden"], (await admin.GetAsync("/api/v1/validate")).Must(HttpStatusCode.Forbidden).Errors);
        (await admin.GetAsync("/api/v2/validate_keys")).Must(HttpStatusCode.Unauthorized);
        var dead = (await new ApiCaller(here, ("DD-API-KEY", spare.Secret)).GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        Assert.DoesNotContain("disabled", dead.Errors[0], StringComparison.Ordinal);

        await ChangeAsync(here, organization.Id, row => row.Enable());
        (await admin.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_API_asks_the_database_itself_and_lets_nobody_in_whom_the_memory_still_knows()
    {
        var organization = await here.CreateOrganizationAsync("Remembered");
        var admin = ApiCaller.AdminOf(here, organization);
        (await admin.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        await here.InScopeAsync(async db =>
        {
            // Nobody is told.
            await db.Database.ExecuteSqlAsync($"ALTER TABLE organizations DISABLE TRIGGER tell_organization_changed");
            await db.Database.ExecuteSqlAsync(
                $"UPDATE organizations SET disabled_at = {here.Now} WHERE id = {organization.Id.Value}");
            await db.Database.ExecuteSqlAsync($"ALTER TABLE organizations ENABLE TRIGGER tell_organization_changed");
        });
        (await admin.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Its_people_are_told_that_it_is_disabled_and_strangers_that_it_is_not_there()
    {
        var cast = await here.CastAsync();
        using var ann = await here.SignedInAsync(cast.Ann);
        using var carl = await here.SignedInAsync(cast.Carl);
        var page = cast.Acme.SafetyCenter("configuration");
        var token = (await ann.PageAsync(page)).QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        await ChangeAsync(here, cast.Acme.Id, row => row.Disable(here.Now));

        using var refused = await ann.GetAsync(page);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var told = await refused.Content.ReadAsStringAsync();
        Assert.Contains("This organization is disabled", told, StringComparison.Ordinal);
        Assert.DoesNotContain(cast.Ann.Email, told, StringComparison.Ordinal);
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", token)]);
        using var act = await ann.PostAsync($"{page}?handler=Confirm", form);
        Assert.Equal(HttpStatusCode.Forbidden, act.StatusCode);
        using var foreign = await carl.GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.DoesNotContain("disabled", await foreign.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Null(Assert.Single(await here.RowsAsync<Organization>(
            all => all.Where(row => row.Id == cast.Acme.Id))).ContactsConfirmedAt);

        await ChangeAsync(here, cast.Acme.Id, row => row.Enable());
        await ann.PageAsync(page);
    }

    [Fact]
    public async Task A_leak_of_its_key_is_recorded_all_the_same()
    {
        var organization = await here.CreateOrganizationAsync("Leaky and disabled");
        await ChangeAsync(here, organization.Id, row => row.Disable(here.Now));
        await here.ReportAsync(new Match(organization.ApiKey.Secret));
        var alert = Assert.Single(await here.RowsAsync<Alert>(all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.Equal(organization.ApiKey.Id, alert.CredentialId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_in_force_without_a_word_from_the_database_here_and_without_the_program_everywhere(bool byProgram)
    {
        var database = await postgres.NewDatabaseAsync();
        await using var node = await Node.StartAsync(database);
        var cast = await Cast.FoundAsync(node, "acme");
        Assert.Equal(HttpStatusCode.OK, await node.StatusAsync(cast.ApiKey.Secret, cast.ApplicationKey.Secret));
        if (byProgram)
        {
            await node.SqlAsync("DROP TRIGGER tell_organization_changed ON organizations");
            await node.WithDbAsync(async db =>
            {
                (await db.Organizations.SingleAsync()).Disable(TimeProvider.System.GetUtcNow());
                return await db.SaveChangesAsync();
            });
            Assert.Equal(HttpStatusCode.Forbidden, await node.StatusAsync(cast.ApiKey.Secret));
            return;
        }

        await node.SqlAsync("UPDATE organizations SET disabled_at = now()");
        var clock = Stopwatch.StartNew();
        while (await node.StatusAsync(cast.ApiKey.Secret, cast.ApplicationKey.Secret) != HttpStatusCode.Forbidden)
        {
            Assert.True(clock.Elapsed < Promise, $"It is still let in after {clock.Elapsed}.");
        }
    }

    private static Task<bool> ChangeAsync(App app, Id<Organization> id, Action<Organization> change) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            id,
            organization =>
            {
                change(organization);
                return Task.FromResult(true);
            },
            CancellationToken.None));

    private async Task BecomesAsync(HttpStatusCode status, (string Header, string Value)[] credentials, Stopwatch since)
    {
        while ((await new ApiCaller(_there, credentials).GetAsync("/verify")).Status != status)
        {
            Assert.True(since.Elapsed < Promise, $"It is not {status} there after {since.Elapsed}.");
        }
    }
}
