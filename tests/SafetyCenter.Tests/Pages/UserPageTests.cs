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
        var before = await admin.PageAsync(PageOf(organization, bob));
        Assert.Equal(
            ["bob's robot", "bob's tool"],
            before.QuerySelectorAll("[data-ending] li").Select(item => item.TextContent.Split('“', '”')[1]).Order());
        Assert.Equal(
            ["bob's key", "bob's page"],
            before.QuerySelectorAll("[data-staying] li").Select(item => item.TextContent.Split('“', '”')[1]).Order());

        var events = await app.EventsOfAsync(organization, () => PressAsync(admin, organization, bob, "Disable"));
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
            organization, () => PressAsync(admin, organization, bob, "Enable")));
        Assert.Equal("enabled", enabled.Name);
        await AnswersAsync(HttpStatusCode.Forbidden, owned);
        await AnswersAsync(HttpStatusCode.OK, common);
        await his.PageAsync(organization.SafetyCenter());
        Assert.Empty((await admin.PageAsync(PageOf(organization, bob))).QuerySelectorAll("[data-ending]"));
    }

    [Fact]
    public async Task Nobody_disables_themselves_or_the_last_admin()
    {
        var organization = await app.CreateOrganizationAsync("Last one");
        var manager = await AddManagerAsync(organization, "manager@last.example");
        using var admin = await app.SignedInAsync(organization.Admin);
        var own = await admin.PageAsync(PageOf(organization, organization.Admin));
        Assert.DoesNotContain(own.QuerySelectorAll("main button"), button => button.TextContent is "Disable");
        using var self = await PostAsync(admin, organization, organization.Admin, "Disable", own);
        await RefusedAsync(self, "disable themselves");

        // Who may manage users without being an admin cannot end the last one either.
        using var other = await app.SignedInAsync(manager);
        using var last = await other.PostFormAsync(PageOf(organization, organization.Admin), "Disable");
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
        var firstSees = await first.PageAsync(PageOf(organization, other));
        var secondSees = await second.PageAsync(PageOf(organization, organization.Admin));

        // Both have passed the gate and wait for the lock, before either gets it.
        Task<HttpResponseMessage[]> both = Task.FromResult(Array.Empty<HttpResponseMessage>());
        await app.InScopeAsync(db => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                both = Task.WhenAll(
                    PostAsync(first, organization, other, "Disable", firstSees),
                    PostAsync(second, organization, organization.Admin, "Disable", secondSees));
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
        await PressAsync(admin, organization, bob, "Disable");
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
        foreach (var button in new[] { "Disable", "Enable" })
        {
            using var answer = await PostAsync(admin, organization, there.Admin, button, own);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        Assert.Null(await DisabledAtAsync(there.Admin));
    }

    [Fact]
    public async Task A_user_with_many_keys_costs_no_more_statements_than_one_with_few()
    {
        var organization = await app.CreateOrganizationAsync("Many keys");
        var bob = await app.AddPersonAsync(organization, "bob@many.example");
        await IssueAsync(22);
        using var admin = await app.SignedInAsync(organization.Admin);
        var few = await StatementsOfAsync();
        await IssueAsync(20);
        Assert.Equal(few, await StatementsOfAsync());
        Assert.InRange(few, 1, 6);
        var page = await admin.PageAsync(PageOf(organization, bob));
        Assert.Equal("and 22 more", page.QuerySelector("[data-ending] li:last-child")!.TextContent);

        async Task IssueAsync(int count)
        {
            for (var number = 0; number < count; number++)
            {
                await app.IssueApplicationKeyAsync(bob, $"key {number}");
            }
        }

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            using var request = new HttpRequestMessage(HttpMethod.Get, PageOf(organization, bob));
            request.Headers.Add("traceparent", statements.TraceParent);
            (await admin.SendAsync(request)).Dispose();
            return statements.Texts.Count;
        }
    }

    private static string PageOf(TestOrganization organization, Person person) =>
        $"/o/{organization.Slug}/organization-settings/users/{person.Id}";

    private static async Task PressAsync(HttpClient admin, TestOrganization organization, Person person, string button)
    {
        using var answer = await admin.PostFormAsync(PageOf(organization, person), button);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    // What a button does, pressed on a page that shows none, or was opened before.
    private static Task<HttpResponseMessage> PostAsync(
        HttpClient admin, TestOrganization organization, Person person, string handler, IHtmlDocument page)
    {
        var token = page.QuerySelector("main input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return admin.PostAsync(
            $"{PageOf(organization, person)}?handler={handler}",
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
