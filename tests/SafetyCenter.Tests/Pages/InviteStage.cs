using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>What tests of invites have in common.</summary>
internal static class InviteStage
{
    /// <summary>Where people are invited.</summary>
    public static string InvitePage(this TestOrganization organization) =>
        $"/o/{organization.Slug}/organization-settings/users/invite";

    /// <summary>Where invites are listed.</summary>
    public static string InvitesPage(this TestOrganization organization) =>
        $"/o/{organization.Slug}/organization-settings/invites";

    /// <summary>Invites through the page, with the roles that it offers; must be answered with this status.</summary>
    public static async Task<IHtmlDocument> InviteAsync(
        this HttpClient inviter, TestOrganization organization, string emails, int status = 200)
    {
        using var answer = await inviter.PostFormAsync(organization.InvitePage(), "Invite", ("emails", emails));
        Assert.Equal(status, (int)answer.StatusCode);
        return await answer.DocumentAsync();
    }

    /// <summary>What became of each line, as the page says it.</summary>
    public static string[] Outcomes(this IHtmlDocument page) =>
        [.. page.QuerySelectorAll("[data-outcome]").Select(row => row.GetAttribute("data-outcome")!)];

    /// <summary>The reason beside what was refused.</summary>
    public static string Refusal(this IHtmlDocument page) => page.QuerySelector("[role=alert]")!.TextContent.Trim();

    /// <summary>The invites of somebody, oldest first.</summary>
    public static Task<List<Invite>> InvitesOfAsync(this App app, string email) => app.RowsAsync<Invite>(
        all => all.Include(row => row.User).Where(row => row.User.Email == email).OrderBy(row => row.Id));

    /// <summary>The link that the last email of somebody's invite holds.</summary>
    public static async Task<string> LinkAsync(this App app, string email, TestOrganization? organization = null)
    {
        var invite = (await app.InvitesOfAsync(email)).Last(row => organization is null || row.OrganizationId == organization.Id);
        return await app.InScopeAsync(services =>
            Task.FromResult(new Uri(services.GetRequiredService<EmailLinks>().ToAccept(invite)).AbsolutePath));
    }

    /// <summary>The one user of an address in an organization.</summary>
    public static async Task<User> UserAsync(this App app, TestOrganization organization, string email) =>
        Assert.Single(await app.RowsAsync<User>(all => all.Include(user => user.Roles)
            .Where(user => user.OrganizationId == organization.Id && user.Email == email)));

    /// <summary>Sets a policy of an organization.</summary>
    public static Task SetPolicyAsync(this App app, TestOrganization organization, Action<Policies> set) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var row = await db.Organizations.SingleAsync(candidate => candidate.Id == organization.Id);
            row.SetPolicy("test", set, app.Now);
            await db.SaveChangesAsync();
        });

    /// <summary>Does something while somebody holds the organization's lock, and waits until that many wait for it.</summary>
    public static Task WhileLockedAsync(
        this App app, TestOrganization organization, int count, Action begin, Func<SafetyCenterDb, Task>? meanwhile = null) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                begin();
                await app.SomebodyWaitsAsync(count);
                await (meanwhile?.Invoke(db) ?? Task.CompletedTask);
                return true;
            },
            CancellationToken.None));

    /// <summary>The invites of an organization, to be changed.</summary>
    public static IQueryable<Invite> InvitesOf(this SafetyCenterDb db, TestOrganization organization) =>
        db.Invites.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(row => row.User)
            .Where(row => row.OrganizationId == organization.Id);

    /// <summary>How many statements a request costs.</summary>
    public static async Task<int> StatementsAsync(this HttpClient client, HttpRequestMessage request)
    {
        using var statements = new Statements();
        request.Headers.Add("traceparent", statements.TraceParent);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return statements.Texts.Count;
    }

    /// <summary>An organization whose admin has invited somebody, and the link they got.</summary>
    public static async Task<(TestOrganization Organization, string Link)> InvitedAsync(App app, string name, string email)
    {
        var organization = await app.CreateOrganizationAsync(name, adminName: "Ann Admin");
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await admin.InviteAsync(organization, email);
        Assert.Equal(["Invited"], page.Outcomes());
        return (organization, await app.LinkAsync(email, organization));
    }

    /// <summary>Follows a link and accepts; must be answered with this status.</summary>
    public static async Task<IHtmlDocument> AcceptAsync(
        HttpClient visitor, string link, HttpStatusCode status, string name = "", string password = People.Password)
    {
        using var answer = await visitor.PostFormAsync(link, "Accept", ("name", name), ("password", password));
        Assert.Equal(status, answer.StatusCode);
        return await answer.DocumentAsync();
    }

    /// <summary>Sends the form of an invitation that was opened before something happened.</summary>
    public static async Task<HttpResponseMessage> PostAsync(
        HttpClient visitor, string link, IHtmlDocument opened, string name, string password)
    {
        var token = opened.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var form = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("name", name), KeyValuePair.Create("password", password),
            KeyValuePair.Create("__RequestVerificationToken", token),
        ]);
        return await visitor.PostAsync(link, form);
    }
}
