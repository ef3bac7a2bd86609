using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>Disabling users (seed 004): what stops, what stays, and who cannot be disabled.</summary>
public sealed class UserPageTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task Disabling_ends_their_keys_and_tokens_for_good_and_leaves_what_belongs_to_the_organization()
    {
        var organization = await app.CreateOrganizationAsync("Leaving", adminName: "Ann Admin");
        var bob = await app.AddPersonAsync(organization, "bob@leaving.example", "Bob Builder", Role.AdminName);
        var key = await app.IssueApplicationKeyAsync(bob, "bob's tool");
        var (token, apiKey, clientToken) = await app.ActAsync(
            organization with { Admin = bob },
            async (db, actor, services) =>
            {
                var format = services.GetRequiredService<SecretFormat>();
                return (
                    (await Issuing.AccessTokenAsync(
                        db, actor, format, bob.Id, "bob's robot", ["api_keys_read"], app.Now.AddDays(2), app.Now,
                        CancellationToken.None))!.Secret.Reveal(),
                    (await Issuing.ApiKeyAsync(
                        db, actor, format, "bob's key", null, null, null, app.Now, CancellationToken.None)).Secret.Reveal(),
                    (await Issuing.ClientTokenAsync(
                        db, actor, format, "bob's page", null, app.Now, CancellationToken.None)).Secret.Reveal());
            });
        ApiCaller[] owned =
        [
            ApiCaller.With(app, organization.ApiKey.Secret, key.Secret), new(app, ("DD-APPLICATION-KEY", token)),
        ];
        ApiCaller[] common = [new(app, ("DD-API-KEY", apiKey)), new(app, ("DD-CLIENT-TOKEN", clientToken))];
        await AnswersAsync(HttpStatusCode.OK, [.. owned, .. common]);

        using var admin = await app.SignedInAsync(organization.Admin);
        using var his = await app.SignedInAsync(bob);
        await his.PageAsync(organization.SafetyCenter());
        var before = await admin.PageAsync(DisablingOf(organization, bob));
        Assert.Equal(
            ["bob's robot", "bob's tool"],
            before.QuerySelectorAll("[data-ending] h3").Select(item => item.TextContent).Order());
        Assert.Equal(
            ["bob's key", "bob's page"],
            before.QuerySelectorAll("[data-staying] li").Select(item => item.TextContent.Split('“', '”')[1]).Order());

        // His own page leads there, and its form, from before he had keys, does so too.
        var page = await admin.PageAsync(PageOf(organization, bob));
        Assert.Equal(DisablingOf(organization, bob), page.QuerySelector("main a.btn-danger")!.GetAttribute("href"));
        using (var early = await PostAsync(admin, PageOf(organization, bob), "Disable", page))
        {
            Assert.Equal(DisablingOf(organization, bob), early.Headers.Location!.ToString());
            Assert.Null(await DisabledAtAsync(bob));
        }

        var events = await app.EventsOfAsync(organization, () => PressAsync(admin, DisablingOf(organization, bob), "Disable"));
        Assert.Equal(["disabled", "revoked", "revoked"], events.Select(row => row.Name).Order());
        Assert.All(events, row => Assert.Equal(organization.Admin.Id, row.ActorId));
        Assert.All(
            events.Where(row => row.Name == "revoked"),
            row => Assert.Equal(("", "OwnerDisabled"), row.BeforeAndAfter("revoked_because")));

        // From the next call on, and the next click.
        await AnswersAsync(HttpStatusCode.Forbidden, owned);
        await AnswersAsync(HttpStatusCode.OK, common);
        using var click = await his.GetAsync(organization.SafetyCenter());
        Assert.Equal(HttpStatusCode.NotFound, click.StatusCode);

        var enabled = Assert.Single(await app.EventsOfAsync(
            organization, () => PressAsync(admin, PageOf(organization, bob), "Enable")));
        Assert.Equal("enabled", enabled.Name);
        await AnswersAsync(HttpStatusCode.Forbidden, owned);
        await AnswersAsync(HttpStatusCode.OK, common);
        await his.PageAsync(organization.SafetyCenter());
        Assert.Empty((await admin.PageAsync(DisablingOf(organization, bob))).QuerySelectorAll("[data-ending]"));
    }

    [Fact]
    public async Task Nobody_disables_themselves_or_the_last_admin()
    {
        var organization = await app.CreateOrganizationAsync("Last one");
        var manager = await AddManagerAsync(organization, "manager@last.example");
        using var admin = await app.SignedInAsync(organization.Admin);
        var own = await admin.PageAsync(PageOf(organization, organization.Admin));
        Assert.DoesNotContain(own.QuerySelectorAll("main button"), button => button.TextContent is "Disable");
        using var self = await PostAsync(admin, DisablingOf(organization, organization.Admin), "Disable", own);
        await RefusedAsync(self, "disable themselves");

        // Who may manage users without being an admin cannot end the last one either.
        using var other = await app.SignedInAsync(manager);
        var shown = await other.PageAsync(DisablingOf(organization, organization.Admin));
        Assert.Contains("last admin", shown.QuerySelector("[data-last-admin]")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(shown.QuerySelectorAll("main button"), button => button.TextContent is "Disable");
        var page = await other.PageAsync(PageOf(organization, organization.Admin));
        using var last = await PostAsync(other, DisablingOf(organization, organization.Admin), "Disable", page);
        await RefusedAsync(last, "last admin");
        Assert.Null(await DisabledAtAsync(organization.Admin));
        await AnswersAsync(
            HttpStatusCode.OK, ApiCaller.With(app, organization.ApiKey.Secret, organization.ApplicationKey.Secret));

        static async Task RefusedAsync(HttpResponseMessage answer, string reason)
        {
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains(
                reason, (await answer.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_admins_who_disable_each_other_at_once_one_wins(bool isThereAThird)
    {
        var organization = await app.CreateOrganizationAsync($"Duel {isThereAThird}");
        var other = await app.AddPersonAsync(
            organization, $"other@{organization.Slug}.example", role: Role.AdminName);
        if (isThereAThird)
        {
            await app.AddPersonAsync(organization, $"third@{organization.Slug}.example", role: Role.AdminName);
        }

        using var first = await app.SignedInAsync(organization.Admin);
        using var second = await app.SignedInAsync(other);
        var firstSees = await first.PageAsync(DisablingOf(organization, other));
        var secondSees = await second.PageAsync(DisablingOf(organization, organization.Admin));

        // Both have passed the gate and wait for the lock, before either gets it.
        Task<HttpResponseMessage[]> both = Task.FromResult(Array.Empty<HttpResponseMessage>());
        await app.InScopeAsync(db => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                both = Task.WhenAll(
                    PostAsync(first, DisablingOf(organization, other), "Disable", firstSees),
                    PostAsync(second, DisablingOf(organization, organization.Admin), "Disable", secondSees));
                await app.SomebodyWaitsAsync(2);
                return true;
            },
            CancellationToken.None));
        var answers = await both;
        Assert.Equal(
            [HttpStatusCode.Redirect, HttpStatusCode.Forbidden], answers.Select(answer => answer.StatusCode).Order());
        Assert.Single([await DisabledAtAsync(organization.Admin), await DisabledAtAsync(other)], at => at is not null);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_key_that_is_made_while_its_owner_is_disabled_is_refused()
    {
        var organization = await app.CreateOrganizationAsync("Both at once");
        var bob = await app.AddPersonAsync(organization, "bob@both.example");
        using var admin = await app.SignedInAsync(organization.Admin);
        await PressAsync(admin, PageOf(organization, bob), "Disable");
        await Assert.ThrowsAsync<RefusedException>(() => app.ActAsync(organization, (db, actor, services) =>
            Issuing.ApplicationKeyAsync(
                db, actor, services.GetRequiredService<SecretFormat>(), bob.Id, "late", [], null, app.Now,
                CancellationToken.None)));
        Assert.Empty(await app.RowsAsync<ApplicationKey>(all => all.Where(key => key.OwnerId == bob.Id)));
    }

    [Fact]
    public async Task Somebody_elses_user_is_not_there()
    {
        var organization = await app.CreateOrganizationAsync("Here");
        var there = await app.CreateOrganizationAsync("There");
        using var admin = await app.SignedInAsync(organization.Admin);
        var own = await admin.PageAsync(PageOf(organization, organization.Admin));
        (string Page, string Handler)[] acts =
        [
            (PageOf(organization, there.Admin), "Disable"), (PageOf(organization, there.Admin), "Enable"),
            (PageOf(organization, there.Admin), "Describe"), (PageOf(organization, there.Admin), "Address&email=x@y.example"),
            (PageOf(organization, there.Admin), "Invite"), (DisablingOf(organization, there.Admin), "Disable"),
            (DisablingOf(organization, there.Admin),
                $"Make&key={there.ApplicationKey.Id}&account={organization.Admin.Id}"),
        ];
        foreach (var (page, handler) in acts)
        {
            using var answer = await PostAsync(admin, page, handler, own);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{handler} answered {(int)answer.StatusCode}");
        }

        foreach (var page in new[] { PageOf(organization, there.Admin), DisablingOf(organization, there.Admin) })
        {
            using var answer = await admin.GetAsync(page);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        Assert.Null(await DisabledAtAsync(there.Admin));
    }

    private static string PageOf(TestOrganization organization, Person person) =>
        $"/o/{organization.Slug}/organization-settings/users/{person.Id}";

    private static string DisablingOf(TestOrganization organization, Person person) => PageOf(organization, person) + "/disable";

    private static async Task PressAsync(HttpClient admin, string page, string button)
    {
        using var answer = await admin.PostFormAsync(page, button);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    // What a button does, pressed on a page that shows none, or was opened before.
    private static Task<HttpResponseMessage> PostAsync(HttpClient admin, string address, string handler, IHtmlDocument page)
    {
        var token = page.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return admin.PostAsync(
            $"{address}?handler={handler}",
            new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", token)]));
    }

    private static async Task AnswersAsync(HttpStatusCode status, params ApiCaller[] callers)
    {
        foreach (var caller in callers)
        {
            (await caller.GetAsync("/verify")).Must(status);
        }
    }

    private async Task<DateTimeOffset?> DisabledAtAsync(Person person) =>
        Assert.Single(await app.RowsAsync<User>(all => all.Where(user => user.Id == person.Id))).DisabledAt;

    private async Task<Person> AddManagerAsync(TestOrganization organization, string email)
    {
        await app.InScopeAsync(async db =>
        {
            db.Add(new Role(organization.Id, "Managers", [Permission.UserAccessManage], managed: false, app.Now));
            await db.SaveChangesAsync();
        });
        return await app.AddPersonAsync(organization, email, role: "Managers");
    }
}
