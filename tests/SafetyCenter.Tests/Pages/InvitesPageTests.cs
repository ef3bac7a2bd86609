using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;

namespace SafetyCenter.Tests.Pages;

/// <summary>The list of invites: how each stands, and what is done to one or many.</summary>
public sealed class InvitesPageTests(FindingsStage stage, TestPostgres postgres) : IClassFixture<FindingsStage>
{
    [Fact]
    public async Task Each_invite_says_how_it_stands_and_the_list_can_be_narrowed_to_any_state()
    {
        await using var server = new SmtpSink();
        var clock = new ManualClock();
        await using var app = await App.StartAsync(postgres, clock, server);
        var organization = await app.CreateOrganizationAsync("States", adminName: "Ann Admin");
        using (var admin = await app.SignedInAsync(organization.Admin))
        {
            await admin.InviteAsync(organization, "expired@states.example");
            await SentAsync("expired");
        }

        clock.Jump(TimeSpan.FromDays(2));
        using var ann = await app.SignedInAsync(organization.Admin);
        await ann.InviteAsync(organization, "sent@states.example, opened@states.example, accepted@states.example");
        await ann.InviteAsync(organization, "withdrawn@states.example");
        await Task.WhenAll(SentAsync("sent"), SentAsync("opened"), SentAsync("accepted"), SentAsync("withdrawn"));
        server.Refuse(SmtpSinkStep.Recipient, "550 5.1.1 no such user", where: "failed@");
        await ann.InviteAsync(organization, "failed@states.example");
        await TriedAsync("failed");
        server.Refuse(SmtpSinkStep.Recipient, "451 4.3.0 come back later", where: "queued@");
        await ann.InviteAsync(organization, "queued@states.example");
        await TriedAsync("queued");

        using var visitor = app.NewClient();
        await visitor.PageAsync(await app.LinkAsync("opened@states.example"));
        using var accepted = await visitor.PostFormAsync(
            await app.LinkAsync("accepted@states.example"), "Accept", ("password", People.Password));
        var withdrawn = Assert.Single(await app.InvitesOfAsync("withdrawn@states.example"));
        using var deleted = await ann.PostFormAsync(
            organization.InvitesPage(), "Delete", within: $"[data-invite='{withdrawn.Id}']");

        var page = await ann.PageAsync(organization.InvitesPage());
        var states = Enum.GetValues<InviteStatus>();
        Assert.Equal(
            states.Select(state => ($"{state.ToString().ToLowerInvariant()}@states.example", $"{state}")).Order(),
            RowsOf(page).Order());
        Assert.Contains("550 5.1.1 no such user", TroubleOf(page, "failed"), StringComparison.Ordinal);
        Assert.Contains("451 4.3.0 come back later", TroubleOf(page, "queued"), StringComparison.Ordinal);
        Assert.Equal(2, page.QuerySelectorAll("[data-trouble]").Length);
        Assert.Contains("by Ann Admin", page.Body!.TextContent, StringComparison.Ordinal);

        // What is over can be neither resent nor deleted.
        Assert.Equal(5, page.QuerySelectorAll("[data-invite] form[action*='Resend']").Length);
        Assert.Equal(5, page.QuerySelectorAll("input[name=invites]").Length);
        foreach (var state in states)
        {
            var narrowed = await ann.PageAsync($"{organization.InvitesPage()}?status={state}");
            Assert.Equal((Email(state), $"{state}"), Assert.Single(RowsOf(narrowed)));
        }

        static string Email(InviteStatus state) => $"{state.ToString().ToLowerInvariant()}@states.example";

        Task SentAsync(string name) => Eventually.IsTrueAsync(
            async () => (await app.EmailsAsync()).Any(email => email.Recipient.StartsWith(name, StringComparison.Ordinal)
                && email.SentAt is not null),
            $"{name} is sent");

        Task TriedAsync(string name) => Eventually.IsTrueAsync(
            async () => (await app.EmailsAsync()).Any(email => email.Recipient.StartsWith(name, StringComparison.Ordinal)
                && email.LastError is not null),
            $"{name} is tried");

        static string TroubleOf(IHtmlDocument page, string name) => page.QuerySelectorAll("[data-invite]")
            .Single(row => row.TextContent.Contains($"{name}@", StringComparison.Ordinal))
            .QuerySelector("[data-trouble]")!.TextContent;
    }

    [Fact]
    public async Task One_or_many_are_resent_or_deleted_and_what_cannot_be_is_told()
    {
        var organization = await stage.CreateOrganizationAsync("Bulk");
        using var ann = await stage.SignedInAsync(organization.Admin);
        await ann.InviteAsync(organization, "a@bulk.example, b@bulk.example, c@bulk.example");
        var invites = await InvitesAsync(organization);
        using var opener = stage.NewClient();
        await opener.PageAsync(await stage.LinkAsync("a@bulk.example"));
        stage.Time.Jump(TimeSpan.FromHours(2));

        var page = await PressAsync(ann, organization, "Resend chosen invites", invites[0], invites[1]);
        Assert.Contains("Sent 2 invites again.", Message(page), StringComparison.Ordinal);
        var after = await InvitesAsync(organization);
        Assert.Equal([2, 2, 1], after.Select(invite => invite.TimesSent));
        Assert.Equal([stage.Now, stage.Now, invites[2].SentAt], after.Select(invite => invite.SentAt));
        Assert.Equal([stage.Now.AddDays(2), stage.Now.AddDays(2), invites[2].ExpiresAt], after.Select(row => row.ExpiresAt));
        Assert.Equal([false, false, true], after.Zip(invites, (now, then) => now.Stamp == then.Stamp));
        Assert.All(after, invite => Assert.Null(invite.OpenedAt));
        Assert.Equal(2, (await stage.EmailsAsync()).Count(email => email.Recipient == "a@bulk.example"));
        Assert.Contains("2 times in all", RowOf(page, invites[0]).TextContent, StringComparison.Ordinal);

        // While Ann looks, the first accepts.
        using var first = stage.NewClient();
        using var accepted = await first.PostFormAsync(
            await stage.LinkAsync("a@bulk.example"), "Accept", ("password", People.Password));
        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        page = await PressAsync(ann, organization, "Delete chosen invites", invites[0], invites[1]);
        Assert.Contains(
            "Deleted the invite of b@bulk.example. Its link no longer works. "
                + "a@bulk.example: This invite has already been accepted.",
            Message(page), StringComparison.Ordinal);
        Assert.Equal([false, true, false], (await InvitesAsync(organization)).Select(row => row.WithdrawnAt is not null));

        using var refused = await PostAsync(ann, organization, "Delete", invites[0]);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("already been accepted", (await refused.DocumentAsync()).Refusal(), StringComparison.Ordinal);
        using var twice = await PostAsync(ann, organization, "Delete", invites[1]);
        Assert.Equal(HttpStatusCode.Redirect, twice.StatusCode);
        using var deleted = await PostAsync(ann, organization, "Resend", invites[1]);
        Assert.Equal(HttpStatusCode.Forbidden, deleted.StatusCode);
    }

    [Fact]
    public async Task Stale_ones_are_resent_and_deleted_together_on_the_tab_and_their_findings_end()
    {
        var organization = await stage.CreateOrganizationAsync("Stale bulk");
        var invites = new List<Id<Invite>>();
        for (var number = 0; number < 4; number++)
        {
            invites.Add(await stage.InviteAsync(organization, $"stale{number}@bulk.example"));
        }

        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        Assert.Equal(4, (await stage.OpenAsync(organization, FindingRule.StaleInvite)).Count);
        using var ann = await stage.SignedInAsync(organization.Admin);
        await PressAsync("Resend chosen invites", "Sent 2 invites again.", invites[0], invites[1]);
        await PressAsync("Delete chosen invites", "Deleted the invite of stale2@bulk.example.", invites[2]);
        Assert.Equal(
            invites[3].Value, Assert.Single(await stage.OpenAsync(organization, FindingRule.StaleInvite)).SubjectId);
        Assert.Equal(
            ["Sent", "Sent", "Withdrawn", "Expired"],
            (await InvitesAsync(organization)).Select(row => row.StatusAt(stage.Now, InviteDelivery.Sent).ToString()));

        async Task PressAsync(string button, string message, params Id<Invite>[] chosen)
        {
            using var answer = await ann.PostFormAsync(
                organization.SafetyCenter("users"), button, [.. chosen.Select(id => ("invites", id.ToString()))]);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.Contains(
                message, Message(await ann.PageAsync(answer.Headers.Location!.ToString())), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task None_too_many_or_somebody_elses_are_refused_and_nothing_is_done()
    {
        var organization = await stage.CreateOrganizationAsync("Own");
        var other = await stage.CreateOrganizationAsync("Foreign");
        var own = await stage.InviteAsync(organization, "own@own.example");
        var foreign = await stage.InviteAsync(other, "foreign@foreign.example");
        using var ann = await stage.SignedInAsync(organization.Admin);
        foreach (var handler in new[] { "Resend", "Delete" })
        {
            using var none = await PostAsync(ann, organization, handler);
            Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
            Assert.Contains(
                "at least one invite", (await none.DocumentAsync()).Refusal(), StringComparison.Ordinal);
            using var mixed = await PostAsync(ann, organization, handler, own, foreign);
            Assert.Equal(HttpStatusCode.NotFound, mixed.StatusCode);
            using var many = await PostAsync(
                ann, organization, handler,
                [.. Enumerable.Range(0, Inviting.AtOnceMax + 1).Select(_ => Id<Invite>.New(stage.Now))]);
            Assert.Equal(HttpStatusCode.BadRequest, many.StatusCode);
        }

        Assert.All(
            (await InvitesAsync(organization)).Concat(await InvitesAsync(other)),
            invite => Assert.Equal((1, null), (invite.TimesSent, invite.WithdrawnAt)));
        Assert.DoesNotContain(
            "foreign@", (await ann.PageAsync(organization.InvitesPage())).Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_follow_each_other_and_cost_the_same_for_few_and_many()
    {
        var organization = await stage.CreateOrganizationAsync("Long list");
        await AddAsync(0, 2);
        var few = await CountAsync();
        await AddAsync(2, Cursor.PageSize + 3);
        Assert.Equal(few, await CountAsync());
        Assert.InRange(few, 1, 6);

        // Some of one instant, so that the page breaks between equals.
        using var ann = await stage.SignedInAsync(organization.Admin);
        var first = await ann.PageAsync(organization.InvitesPage());
        var more = first.QuerySelectorAll("#content a").Single(link => link.TextContent == "Older ones").GetAttribute("href")!;
        var second = await ann.PageAsync(more);
        string[] shown = [.. RowsOf(first).Concat(RowsOf(second)).Select(row => row.Email)];
        Assert.Equal(Cursor.PageSize, RowsOf(first).Count);
        Assert.Equal(shown.Length, shown.Distinct().Count());
        Assert.Equal(Cursor.PageSize + 3, shown.Length);
        Assert.DoesNotContain(second.QuerySelectorAll("#content a"), link => link.TextContent == "Older ones");

        async Task AddAsync(int from, int to)
        {
            stage.Time.Jump(TimeSpan.FromMinutes(1));
            for (var number = from; number < to; number++)
            {
                await stage.InviteAsync(organization, $"person{number}@long.example");
            }
        }

        async Task<int> CountAsync()
        {
            using var admin = await stage.SignedInAsync(organization.Admin);
            await admin.PageAsync(organization.InvitesPage());
            using var request = new HttpRequestMessage(HttpMethod.Get, organization.InvitesPage());
            return await admin.StatementsAsync(request);
        }
    }

    private static List<(string Email, string State)> RowsOf(IHtmlDocument page) =>
    [
        .. page.QuerySelectorAll("[data-invite]").Select(row => (
            row.QuerySelector("td.place strong")!.TextContent, row.QuerySelector("[data-state]")!.GetAttribute("data-state")!)),
    ];

    private static AngleSharp.Dom.IElement RowOf(IHtmlDocument page, Invite invite) =>
        page.QuerySelector($"[data-invite='{invite.Id}']")!;

    private static string Message(IHtmlDocument page) => page.QuerySelector("[role=status]")!.TextContent;

    private Task<List<Invite>> InvitesAsync(TestOrganization organization) => stage.RowsAsync<Invite>(
        all => all.Include(row => row.User).Where(row => row.OrganizationId == organization.Id).OrderBy(row => row.User.Email));

    private static async Task<IHtmlDocument> PressAsync(
        HttpClient client, TestOrganization organization, string button, params Invite[] chosen)
    {
        using var answer = await client.PostFormAsync(
            organization.InvitesPage(), button, [.. chosen.Select(invite => ("invites", invite.Id.ToString()))]);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return await client.PageAsync(answer.Headers.Location!.ToString());
    }

    private static Task<HttpResponseMessage> PostAsync(
        HttpClient client, TestOrganization organization, string handler, Invite invite) =>
        PostAsync(client, organization, handler, invite.Id);

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client, TestOrganization organization, string handler, params Id<Invite>[] chosen)
    {
        var page = await client.PageAsync(organization.InvitesPage());
        var token = page.QuerySelector("#content input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var form = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("__RequestVerificationToken", token),
            .. chosen.Select(id => KeyValuePair.Create("invites", id.ToString())),
        ]);
        return await client.PostAsync($"{organization.InvitesPage()}?handler={handler}", form);
    }
}
