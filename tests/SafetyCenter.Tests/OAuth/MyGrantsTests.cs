using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What may act as me: seen by everybody of themselves, in all their organizations, and ended at once.</summary>
public sealed class MyGrantsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string Page = "/me/grants";

    [Fact]
    public async Task Somebody_in_two_organizations_sees_what_each_app_may_read_and_change_and_who_last_called()
    {
        var acme = await stage.CreateOrganizationAsync("Mine one");
        var globex = await stage.CreateOrganizationAsync("Mine two");
        var bob = await stage.AddPersonAsync(acme, "bob@mine.example", "Bob");
        var there = await stage.AddPersonAsync(globex, "bob@mine.example", "Robert");
        using var client = await stage.SignedInAsync(bob);
        var empty = await client.PageAsync(Page);
        Assert.Contains("No app may act as you.", empty.Body!.TextContent, StringComparison.Ordinal);
        Assert.Empty(empty.QuerySelectorAll("main table"));

        var board = await TestApps.AppAsync(stage, acme, "Status Board", "dashboards_read", "dashboards_write", "metrics_read");
        var grant = await TestApps.GrantAsync(stage, board.Id, bob.Id, "dashboards_read", "dashboards_write", "metrics_read");
        await TestApps.GrantAsync(stage, board.Id, acme.Admin.Id, "dashboards_read");
        stage.Time.Jump(TimeSpan.FromDays(3));
        var pair = await stage.BringDynamicAsync(globex, "Pair", there.Id, isApproved: true, "monitors_read");
        var second = await TestApps.GrantAsync(stage, pair.Id, there.Id, "monitors_read");
        Assert.Equal(
            HttpStatusCode.OK, await stage.BearAsync(await TestApps.AccessTokenAsync(stage, grant), client: "board/7"));
        await stage.FlushAsync();

        using var later = await stage.SignedInAsync(bob);
        var page = await later.PageAsync(Page);
        Assert.Equal(
            [$"{second}", $"{grant}"], page.QuerySelectorAll("[data-grant]").Select(row => row.GetAttribute("data-grant")));
        Assert.Equal("Read: Dashboards Read, Metrics Read", page.TextOf($"[data-grant='{grant}'] [data-reads]"));
        Assert.Equal("Change: Dashboards Write", page.TextOf($"[data-grant='{grant}'] [data-changes]"));
        var row = page.TextOf($"[data-grant='{grant}']");
        Assert.Contains("Status Board, of Somebody", row, StringComparison.Ordinal);
        Assert.Contains("Mine one", row, StringComparison.Ordinal);
        Assert.Contains("3 days ago", row, StringComparison.Ordinal);
        Assert.Contains("board/7 from 127.0.0.1", row, StringComparison.Ordinal);
        Assert.DoesNotContain("unverified", row, StringComparison.Ordinal);
        var other = page.TextOf($"[data-grant='{second}']");
        Assert.Contains("Pair, of Pair.example (unverified: it registered itself)", other, StringComparison.Ordinal);
        Assert.Contains("never", other, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector($"[data-grant='{second}'] [data-changes]"));

        // Nobody else's; and it is found from where one looks after one's login.
        using var ann = await stage.SignedInAsync(acme.Admin);
        Assert.Single((await ann.PageAsync(Page)).QuerySelectorAll("[data-grant]"));
        Assert.NotNull((await later.PageAsync("/me/security")).QuerySelector($"main a[href='{Page}']"));
    }

    [Fact]
    public async Task Revoking_ends_every_token_at_once_and_undo_brings_them_back_as_long_as_the_organization_lets_it()
    {
        var organization = await stage.CreateOrganizationAsync("Ending", adminName: "Ann Admin");
        var bob = await stage.AddPersonAsync(organization, "bob@ending.example", "Bob");
        var app = await TestApps.AppAsync(stage, organization, "Ender", "dashboards_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, bob.Id, "dashboards_read");
        var token = await TestApps.AccessTokenAsync(stage, grant);
        var hers = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "dashboards_read");
        var herToken = await TestApps.AccessTokenAsync(stage, hers);
        using var client = await stage.SignedInAsync(bob);
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(token));

        using var revoked = await client.PostFormAsync(Page, "Revoke");
        Assert.StartsWith(
            "Revoked. “Ender” cannot act as you any more. You can undo this until",
            await client.DoneAsync(revoked),
            StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.BearAsync(token));
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(herToken));
        var row = await stage.GrantAsync(grant);
        Assert.Equal(
            (stage.Now, bob.Id, RevocationReason.ByHand), (row.RevokedAt, row.RevokedBy, row.RevokedBecause));
        var told = Assert.Single(await stage.RowsAsync<AuditEvent>(all => all
            .Where(change => change.AssetId == grant.Value && change.Name == "revoked")));
        Assert.Equal(
            (organization.Id, bob.Id, "SESSION"), (told.OrganizationId, told.ActorId, told.Method));
        Assert.Contains("by you", (await client.PageAsync(Page)).TextOf($"[data-ended='{grant}']"), StringComparison.Ordinal);

        using var undone = await client.PostFormAsync(Page, "Undo");
        Assert.Contains("“Ender” may act as you again", await client.DoneAsync(undone), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(token));
        Assert.Empty((await client.PageAsync(Page)).QuerySelectorAll("[data-ended]"));

        // What an admin ended is offered, too; but not when it is too late, which a page of before finds out.
        await EndAsync(grant, organization.Admin.Id);
        var stale = await client.PageAsync(Page);
        Assert.Contains("by Ann Admin", stale.TextOf($"[data-ended='{grant}']"), StringComparison.Ordinal);
        stage.Time.Jump(TimeSpan.FromDays(7));
        using var later = await stage.SignedInAsync(bob);
        Assert.Empty((await later.PageAsync(Page)).QuerySelectorAll("[data-ended]"));
        using var late = await later.ForceAsync(Page, $"{Page}?handler=Undo&grant={grant}");
        Assert.Contains(
            "could be brought back until", await late.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.False((await stage.GrantAsync(grant)).IsActive);
    }

    [Fact]
    public async Task What_cannot_come_back_is_not_offered()
    {
        var organization = await stage.CreateOrganizationAsync("Not back");
        var ann = organization.Admin;
        var again = await EndedAsync("Again");
        await TestApps.GrantAsync(stage, again.App, ann.Id, "dashboards_read");
        var disabled = await EndedAsync("Disabled");
        await stage.ChangeAppAsync(disabled.App, app => app.Disable(ann.Id, stage.Now));
        var replayed = await LetAsync("Replayed");
        await stage.ReplayAsync(replayed.Grant);
        var fine = await EndedAsync("Fine");
        using var client = await stage.SignedInAsync(ann);
        var page = await client.PageAsync(Page);
        Assert.Equal([$"{fine.Grant}"], page.QuerySelectorAll("[data-ended]").Select(row => row.GetAttribute("data-ended")));

        foreach (var (grant, because) in new[]
        {
            (again.Grant, "has authorized “Again” again"), (disabled.Grant, "disabled “Disabled”"),
            (replayed.Grant, "a code or token of it was used twice"),
        })
        {
            using var refused = await client.ForceAsync(Page, $"{Page}?handler=Undo&grant={grant}");
            Assert.Contains(because, await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
            Assert.False((await stage.GrantAsync(grant)).IsActive);
        }

        async Task<(Id<OAuthApp> App, Id<Credential> Grant)> LetAsync(string name)
        {
            var app = await TestApps.AppAsync(stage, organization, name, "dashboards_read");
            return (app.Id, await TestApps.GrantAsync(stage, app.Id, ann.Id, "dashboards_read"));
        }

        async Task<(Id<OAuthApp> App, Id<Credential> Grant)> EndedAsync(string name)
        {
            var let = await LetAsync(name);
            await EndAsync(let.Grant, ann.Id);
            return let;
        }
    }

    [Fact]
    public async Task Nobody_ends_or_brings_back_what_is_not_theirs()
    {
        var acme = await stage.CreateOrganizationAsync("Foreign one");
        var globex = await stage.CreateOrganizationAsync("Foreign two");
        var app = await TestApps.AppAsync(stage, acme, "Theirs", "dashboards_read");
        var hers = await TestApps.GrantAsync(stage, app.Id, acme.Admin.Id, "dashboards_read");
        var bob = await stage.AddPersonAsync(acme, "bob@foreign.example");
        foreach (var person in new[] { bob, globex.Admin })
        {
            using var client = await stage.SignedInAsync(person);
            foreach (var query in new[] { $"Revoke&grant={hers}", $"Undo&grant={hers}", "Revoke&grant=x", "Revoke" })
            {
                using var answer = await client.ForceAsync(Page, $"{Page}?handler={query}");
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            }
        }

        Assert.True((await stage.GrantAsync(hers)).IsActive);
        await EndAsync(hers, acme.Admin.Id);
        using var bobs = await stage.SignedInAsync(bob);
        using var undo = await bobs.ForceAsync(Page, $"{Page}?handler=Undo&grant={hers}");
        Assert.Equal(HttpStatusCode.NotFound, undo.StatusCode);
        Assert.False((await stage.GrantAsync(hers)).IsActive);
    }

    [Fact]
    public async Task An_organization_that_is_closed_to_the_session_shows_nothing_of_its_apps()
    {
        var strict = await stage.CreateOrganizationAsync("Strict");
        var closed = await stage.CreateOrganizationAsync("Closed");
        var bob = await stage.AddPersonAsync(strict, "bob@strict.example");
        var there = await stage.AddPersonAsync(closed, "bob@strict.example");
        var (one, two) = (
            await TestApps.AppAsync(stage, strict, "One", "dashboards_read"),
            await TestApps.AppAsync(stage, closed, "Two", "dashboards_read"));
        var grant = await TestApps.GrantAsync(stage, one.Id, bob.Id, "dashboards_read");
        var second = await TestApps.GrantAsync(stage, two.Id, there.Id, "dashboards_read");
        using var client = await stage.SignedInAsync(bob);
        Assert.Equal(2, await CountAsync());
        await stage.RequireSecondFactorAsync(strict);
        await stage.InScopeAsync(db => db.Database.ExecuteSqlAsync(
            $"UPDATE organizations SET disabled_at = now() WHERE id = {closed.Id.Value}"));
        var page = await client.PageAsync(Page);
        Assert.Empty(page.QuerySelectorAll("[data-grant]"));
        Assert.Contains("Apps in Strict are not shown", page.TextOf("[data-closed]"), StringComparison.Ordinal);
        Assert.DoesNotContain("Closed", page.TextOf("[data-closed]"), StringComparison.Ordinal);
        foreach (var id in new[] { grant, second })
        {
            using var answer = await client.ForceAsync("/organizations", $"{Page}?handler=Revoke&grant={id}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        await stage.InScopeAsync(db => db.Database.ExecuteSqlAsync(
            $"""
            UPDATE sessions SET has_second_factor = true
            WHERE login_id = (SELECT id FROM logins WHERE email = {bob.Email})
            """));
        Assert.Equal(1, await CountAsync());
        Assert.Null((await client.PageAsync(Page)).QuerySelector("[data-closed]"));

        async Task<int> CountAsync() => (await client.PageAsync(Page)).QuerySelectorAll("[data-grant]").Length;
    }

    [Fact]
    public async Task The_page_costs_as_much_for_many_apps_as_for_few_and_goes_on_where_it_ended()
    {
        var organization = await stage.CreateOrganizationAsync("Many apps");
        var apps = await AddAsync(2);
        using var client = await stage.SignedInAsync(organization.Admin);
        await EndAsync(apps[0], organization.Admin.Id);
        var few = await CredentialStage.CostAsync(client, Page);
        apps = await AddAsync(Cursor.PageSize + 5);
        foreach (var grant in apps[..3])
        {
            await EndAsync(grant, organization.Admin.Id);
        }

        Assert.Equal(few, await CredentialStage.CostAsync(client, Page));
        Assert.InRange(few, 1, 6);
        var page = await client.PageAsync(Page);
        var first = page.QuerySelectorAll("[data-grant]").Select(row => row.GetAttribute("data-grant")!).ToList();
        Assert.Equal(Cursor.PageSize, first.Count);
        var next = page.QuerySelectorAll("main a").Single(link => link.TextContent == "Older ones").GetAttribute("href")!;
        var second = (await client.PageAsync(next)).QuerySelectorAll("[data-grant]")
            .Select(row => row.GetAttribute("data-grant")!).ToList();
        Assert.Equal(3, second.Count);
        Assert.Empty(first.Intersect(second));

        async Task<List<Id<Credential>>> AddAsync(int count)
        {
            var made = new List<Id<Credential>>();
            for (var number = 0; number < count; number++)
            {
                var app = await TestApps.AppAsync(stage, organization, $"App {number}", "dashboards_read");
                made.Add(await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "dashboards_read"));
            }

            return made;
        }
    }

    private Task EndAsync(Id<Credential> id, Id<User> by) => stage.InScopeAsync(async (SafetyCenterDb db) =>
    {
        var grant = await db.OAuthGrants.IgnoreQueryFilters().SingleAsync(row => row.Id == id);
        grant.Revoke(by, RevocationReason.ByHand, int.MaxValue, stage.Now);
        await db.SaveChangesAsync();
    });
}
