using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.OAuth;

/// <summary>A code or a refresh token was used twice: who is told, what the card says, and when it closes.</summary>
public sealed class ReplayAlertTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task The_alert_is_open_until_somebody_has_seen_it_and_offers_nothing_that_is_done_already()
    {
        var organization = await stage.CreateOrganizationAsync("Replayed", adminName: "Ann Admin");
        var bob = await stage.AddPersonAsync(organization, "bob@replayed.example", "Bob Builder");
        var (app, grant) = await LetAsync(organization, bob, "Pair", "dashboards_read", "monitors_write");
        var token = await TestApps.AccessTokenAsync(stage, grant);
        await stage.AddCallersAsync(grant, 20, 1, 3);
        stage.Time.Jump(TimeSpan.FromDays(30));
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(await TestApps.AccessTokenAsync(stage, grant), client: "thief/1"));
        await stage.FlushAsync();
        var alert = await stage.ReplayAsync(grant);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.BearAsync(token));

        using var ann = await stage.SignedInAsync(organization.Admin);
        var overview = await ann.PageAsync(organization.SafetyCenter());
        Assert.Equal("1", overview.QuerySelector("[data-rule=security-alerts] [data-count]")!.GetAttribute("data-count"));
        Assert.Contains(
            "app had a token that was used twice", overview.TextOf("[data-rule=security-alerts]"), StringComparison.Ordinal);
        var list = await ann.PageAsync(organization.SafetyCenter("alerts"));
        var card = list.QuerySelector($"[data-rule=replayed-oauth-token][data-subject='{grant}']")!;
        Assert.Equal(("open", $"{alert}"), (card.GetAttribute("data-state"), card.GetAttribute("data-alert")));
        Assert.Equal(["Acknowledge"], card.QuerySelectorAll("button").Select(button => button.TextContent.Trim()));

        var here = organization.SafetyCenter($"alerts/{alert}");
        var page = await ann.PageAsync(here);
        Assert.Equal(["Acknowledge", "Comment"], page.Buttons());
        var words = page.TextOf($"[data-rule=replayed-oauth-token][data-subject='{grant}']");
        Assert.Contains("Critical", words, StringComparison.Ordinal);
        Assert.Contains("cannot act for Bob Builder any more", words, StringComparison.Ordinal);
        var facts = page.QuerySelectorAll("dl").ToDictionary(
            fact => fact.QuerySelector("dt")!.TextContent, fact => fact.QuerySelector("dd")!.TextContent);
        Assert.Equal(("Dashboards Read", "Monitors Write"), (facts["Could read"], facts["Could change"]));
        var caller = Assert.Single(page.QuerySelectorAll("[data-callers] li"));
        Assert.Contains("thief/1", caller.TextContent, StringComparison.Ordinal);
        Assert.NotNull(caller.QuerySelector(".badge"));
        Assert.DoesNotContain(page.QuerySelectorAll("li"), step => step.TextContent.Contains(LeakSteps.All[0].Title));
        Assert.NotNull(page.QuerySelector($"a[href='{organization.Settings($"oauth-apps/{app}")}']"));

        using var done = await ann.PostFormAsync(organization.SafetyCenter("alerts"), "Acknowledge");
        Assert.Contains("The alert is closed", await ann.DoneAsync(done), StringComparison.Ordinal);
        page = await ann.PageAsync(here);
        Assert.Equal("resolved", page.QuerySelector("[data-alert]")!.GetAttribute("data-state"));
        Assert.Equal(["Comment"], page.Buttons());
        Assert.Contains("Acknowledged by Ann Admin", page.Body!.TextContent, StringComparison.Ordinal);
        list = await ann.PageAsync(organization.SafetyCenter("alerts"));
        Assert.Equal("resolved", Assert.Single(list.QuerySelectorAll("[data-alert]")).GetAttribute("data-state"));
        Assert.Equal("0", (await ann.PageAsync(organization.SafetyCenter()))
            .QuerySelector("[data-rule=security-alerts] [data-count]")!.GetAttribute("data-count"));
    }

    [Fact]
    public async Task Contacts_and_the_user_are_told_by_the_save_each_in_their_words_and_nobody_of_a_leak()
    {
        var organization = await stage.CreateOrganizationAsync("Replay told", adminName: "Ann Admin");
        var bob = await stage.AddPersonAsync(organization, "bob@told.example", "Bob Builder");
        var eve = await stage.AddPersonAsync(organization, "eve@told.example", "Eve");
        await stage.SetContactsAsync(organization, "security@told.example", eve.Email);
        var (_, grant) = await LetAsync(organization, bob, "Pair", "dashboards_read");
        var alert = await stage.ReplayAsync(grant);
        var told = await ToldAsync(alert);
        Assert.Equal(
            [(EmailKind.OwnTokenReplayed, bob.Email), (EmailKind.TokenReplayed, eve.Email),
                (EmailKind.TokenReplayed, "security@told.example")],
            told.Select(email => (email.Kind, email.Recipient)));
        Assert.DoesNotContain(await stage.EmailsAsync(EmailKind.LeakClosed), email => email.OrganizationId == organization.Id);
        Assert.DoesNotContain(
            await stage.EmailsAsync(EmailKind.OwnCredentialRevoked), email => email.OrganizationId == organization.Id);

        var toContact = await ComposedAsync(told.Single(email => email.Recipient == "security@told.example"));
        Assert.Contains("A token of the app “Pair” was used twice", toContact.Subject, StringComparison.Ordinal);
        Assert.Contains("acted for Bob Builder in Replay told", toContact.Text, StringComparison.Ordinal);
        Assert.Contains("Reads: Dashboards Read", toContact.Text, StringComparison.Ordinal);
        Assert.Contains($"{organization.SafetyCenter($"alerts/{alert}")}", toContact.Text, StringComparison.Ordinal);
        Assert.Contains(ReplaySteps.All[0].Words, toContact.Text, StringComparison.Ordinal);
        var toUser = await ComposedAsync(told.Single(email => email.Recipient == bob.Email));
        Assert.Contains("/me/grants", toUser.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/safety-center/", toUser.Text, StringComparison.Ordinal);

        // Whoever is both gets what a contact gets; without contacts the admins do.
        var (_, hers) = await LetAsync(organization, eve, "Other", "dashboards_read");
        Assert.Equal(
            [EmailKind.TokenReplayed, EmailKind.TokenReplayed],
            (await ToldAsync(await stage.ReplayAsync(hers))).Select(email => email.Kind));
        var bare = await stage.CreateOrganizationAsync("Replay bare");
        var (_, own) = await LetAsync(bare, bare.Admin, "Pair", "dashboards_read");
        var only = Assert.Single(await ToldAsync(await stage.ReplayAsync(own)));
        Assert.Equal((EmailKind.TokenReplayed, bare.Admin.Email), (only.Kind, only.Recipient));
    }

    [Fact]
    public async Task It_stays_ended_whoever_tries_to_undo_it_and_even_when_its_app_comes_back()
    {
        var (caller, organization) = await stage.FoundAsync();
        var (app, grant) = await LetAsync(organization, organization.Admin, "Pair", "dashboards_read");
        await stage.ReplayAsync(grant);
        (await caller.SendAsync(HttpMethod.Post, Life.Path(grant, "undo")))
            .Refuses(HttpStatusCode.Forbidden, "a code or token of it was used twice");
        await stage.ChangeAppAsync(app, row => row.Disable(organization.Admin.Id, stage.Now));
        await stage.ChangeAppAsync(app, row => row.Enable());
        Assert.Equal(RevocationReason.Replayed, (await stage.GrantAsync(grant)).RevokedBecause);
        var revoked = (await caller.GetAsync("/api/v2/safety_center/revoked_credentials")).Must(HttpStatusCode.OK);
        Assert.DoesNotContain($"{grant}", revoked.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_had_ended_already_is_an_alert_all_the_same_and_cannot_come_back_any_more()
    {
        var (caller, organization) = await stage.FoundAsync();
        var (app, byHand) = await LetAsync(organization, organization.Admin, "By hand", "dashboards_read");
        using var ann = await stage.SignedInAsync(organization.Admin);
        (await ann.PostFormAsync("/me/grants", "Revoke")).Dispose();
        Assert.Single((await ann.PageAsync("/me/grants")).QuerySelectorAll("[data-ended]"));
        await stage.ReplayAsync(byHand);
        Assert.Equal(RevocationReason.ByHand, (await stage.GrantAsync(byHand)).RevokedBecause);
        var card = Assert.Single((await ann.PageAsync(organization.SafetyCenter("alerts"))).QuerySelectorAll("[data-alert]"));
        Assert.Equal(
            ("replayed-oauth-token", "open"), (card.GetAttribute("data-rule"), card.GetAttribute("data-state")));
        Assert.Empty((await ann.PageAsync("/me/grants")).QuerySelectorAll("[data-ended]"));
        using var forced = await ann.ForceAsync("/me/grants", $"/me/grants?handler=Undo&grant={byHand}");
        Assert.Contains(
            "a code or token of it was used twice",
            await forced.RefusalAsync(HttpStatusCode.BadRequest),
            StringComparison.Ordinal);
        (await caller.SendAsync(HttpMethod.Post, Life.Path(byHand, "undo")))
            .Refuses(HttpStatusCode.Forbidden, "needs new consent");

        // Nor with its app, whose other grants come back.
        var again = await TestApps.GrantAsync(stage, app, organization.Admin.Id, "dashboards_read");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var bobs = await TestApps.GrantAsync(stage, app, bob.Id, "dashboards_read");
        await stage.ChangeAppAsync(app, row => row.Disable(organization.Admin.Id, stage.Now));
        await stage.ReplayAsync(again);
        await stage.InScopeAsync(async (IServiceProvider services) =>
        {
            services.GetRequiredService<CurrentOrganization>().Id = organization.Id;
            var db = services.GetRequiredService<SafetyCenterDb>();
            var actor = services.GetRequiredService<Actor>();
            var user = await db.People.Include(row => row.Roles).SingleAsync(row => row.Id == organization.Admin.Id);
            actor.Is(user, await db.Organizations.SingleAsync(row => row.Id == organization.Id), actor.Source);
            return await AppStanding.UndoAsync(db, actor, app, stage.Now, CancellationToken.None);
        });
        Assert.True((await stage.GrantAsync(bobs)).IsActive);
        Assert.False((await stage.GrantAsync(again)).IsActive);
    }

    [Fact]
    public async Task A_leak_beside_it_is_counted_with_it_and_closes_by_itself_alone()
    {
        var organization = await stage.CreateOrganizationAsync("Leak beside");
        var key = await stage.IssueApiKeyAsync(organization, "leaked");
        var (_, grant) = await LetAsync(organization, organization.Admin, "Pair", "dashboards_read");
        var replay = await stage.ReplayAsync(grant);
        await stage.ReportAsync(new Match(key.Secret));
        using var ann = await stage.SignedInAsync(organization.Admin);
        Assert.Equal(("2", "alerts are open"), await OverviewAsync("alerts are open"));
        await stage.RevokeAsync(organization, key);
        Assert.Equal(("1", "had a token"), await OverviewAsync("had a token"));
        var states = (await ann.PageAsync(organization.SafetyCenter("alerts"))).QuerySelectorAll("[data-alert]")
            .Select(card => (card.GetAttribute("data-rule"), card.GetAttribute("data-state")));
        Assert.Equal([("replayed-oauth-token", "open"), ("leaked-api-key", "resolved")], states);
        Assert.Single(
            await stage.EmailsAsync(EmailKind.LeakClosed), email => email.OrganizationId == organization.Id);

        // Revoking a replayed one again says that nothing was left to do.
        using var again = await ann.ForceAsync(
            organization.SafetyCenter("alerts"), organization.SafetyCenter($"alerts/{replay}?handler=Revoke"));
        Assert.Contains(
            "already revoked by a code or token that was used twice", await ann.DoneAsync(again), StringComparison.Ordinal);

        async Task<(string? Count, string Words)> OverviewAsync(string words)
        {
            var page = await ann.PageAsync(organization.SafetyCenter());
            Assert.Contains(words, page.TextOf("[data-rule=security-alerts]"), StringComparison.Ordinal);
            return (page.QuerySelector("[data-rule=security-alerts] [data-count]")!.GetAttribute("data-count"), words);
        }
    }

    [Fact]
    public async Task The_operator_sees_it_counted_until_it_is_acknowledged()
    {
        var organization = await stage.CreateOrganizationAsync("Replay counted");
        var (_, grant) = await LetAsync(organization, organization.Admin, "Pair", "dashboards_read");
        await stage.ReplayAsync(grant);
        await stage.MakeOperatorAsync(organization.Admin);
        using var ann = await stage.SignedInAsync(organization.Admin);
        Assert.Equal("1", await CountAsync());
        (await ann.PostFormAsync(organization.SafetyCenter("alerts"), "Acknowledge")).Dispose();
        Assert.Equal("0", await CountAsync());

        async Task<string?> CountAsync() => (await ann.PageAsync("/operator"))
            .QuerySelector($"[data-organization='{organization.Slug}'] [data-label='Open alerts']")!.GetAttribute("data-count");
    }

    [Fact]
    public async Task The_card_costs_as_much_with_many_callers_as_with_none()
    {
        var organization = await stage.CreateOrganizationAsync("Replay costs");
        var (_, grant) = await LetAsync(organization, organization.Admin, "Pair", "dashboards_read");
        var alert = await stage.ReplayAsync(grant);
        using var ann = await stage.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter($"alerts/{alert}");
        var few = await CredentialStage.CostAsync(ann, here);
        await stage.AddCallersAsync(grant, 0, 30, 2);
        Assert.Equal(few, await CredentialStage.CostAsync(ann, here));
        Assert.InRange(few, 1, 6);
        Assert.Equal(8, (await ann.PageAsync(here)).QuerySelectorAll("[data-callers] li").Length);
    }

    private async Task<(Id<OAuthApp> App, Id<Credential> Grant)> LetAsync(
        TestOrganization organization, Person person, string name, params string[] scopes)
    {
        var app = await TestApps.AppAsync(stage, organization, name, scopes);
        return (app.Id, await TestApps.GrantAsync(stage, app.Id, person.Id, scopes));
    }

    private Task<List<Email>> ToldAsync(Id<Alert> alert) => stage.RowsAsync<Email>(emails => emails
        .Where(email => email.SubjectId == alert.Value).OrderBy(email => email.Recipient));

    private async Task<EmailMessage> ComposedAsync(Email email) =>
        await stage.ComposedAsync(email) ?? throw new InvalidOperationException("There is nothing to say.");
}
