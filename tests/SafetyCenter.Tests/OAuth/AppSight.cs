using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What tests of the pages about apps have in common.</summary>
internal static class AppSight
{
    /// <summary>The scope that programs ask for that register themselves.</summary>
    public const string Reading = "dashboards_read";

    /// <summary>A program registers itself, and comes to an organization.</summary>
    /// <param name="stage">The product.</param>
    /// <param name="organization">Where it comes to.</param>
    /// <param name="name">What it calls itself.</param>
    /// <param name="port">The port of its redirect URI: what differs each time.</param>
    /// <param name="isApproved">Whether it may be used, without that somebody was asked.</param>
    public static Task<OAuthApp> RegisteredItselfAsync(
        this App stage, TestOrganization organization, string name, int port = 40000, bool isApproved = true) =>
        stage.InScopeAsync(async db =>
        {
            var client = OAuthClient.RegisterItself(
                name,
                $"{name}.example",
                website: null,
                [$"http://127.0.0.1:{port}/callback"],
                [Reading, "dashboards_write"],
                stage.Now);
            var app = new OAuthApp(client, organization.Id, isApproved, organization.Admin.Id, stage.Now);
            db.Add(app);
            await db.SaveChangesAsync();
            return app;
        });

    /// <summary>A program registers itself, and somebody lets it act for them.</summary>
    public static async Task<(OAuthApp App, Id<Credential> Grant)> LetInAsync(
        this App stage, TestOrganization organization, string name, Person user, int port = 40000, string scope = Reading)
    {
        var app = await stage.RegisteredItselfAsync(organization, name, port);
        return (app, await TestApps.GrantAsync(stage, app.Id, user.Id, scope));
    }

    /// <summary>The app calls, as the usage flush would note it.</summary>
    public static Task UsedAsync(this App stage, Id<Credential> grant) => stage.InScopeAsync(async db =>
    {
        await db.Database.ExecuteSqlAsync($"UPDATE credentials SET last_used_at = {stage.Now} WHERE id = {grant.Value}");
    });

    /// <summary>Somebody ends what they let an app do.</summary>
    public static Task EndAsync(this App stage, TestOrganization organization, Id<Credential> grant) =>
        stage.RevokeAsync(organization, new IssuedKey(grant, "", ""));

    /// <summary>The row of an app.</summary>
    public static async Task<OAuthApp> RowAsync(this App stage, Id<OAuthApp> id) =>
        Assert.Single(await stage.RowsAsync<OAuthApp>(all => all.Where(app => app.Id == id)));

    /// <summary>The row of a grant.</summary>
    public static async Task<OAuthGrant> GrantRowAsync(this App stage, Id<Credential> id) =>
        Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(grant => grant.Id == id)));

    /// <summary>The list of apps, as the admin sees it.</summary>
    public static async Task<IHtmlDocument> AppsAsync(this App stage, TestOrganization organization)
    {
        using var admin = await stage.SignedInAsync(organization.Admin);
        return await admin.PageAsync(organization.Apps());
    }

    /// <summary>Which of the registrations the list calls dead.</summary>
    public static async Task<IReadOnlyList<Id<OAuthApp>>> DeadAsync(this App stage, TestOrganization organization) =>
    [
        .. (await stage.AppsAsync(organization)).QuerySelectorAll("[data-dead=true]")
            .Select(item => Id<OAuthApp>.Parse(item.GetAttribute("data-app")!, null)),
    ];

    /// <summary>The address of the list, or of something below it.</summary>
    public static string Apps(this TestOrganization organization, string below = "") =>
        organization.Settings("oauth-apps" + below);

    /// <summary>The address of the page about an app.</summary>
    public static string PageOf(this TestOrganization organization, OAuthApp app, string below = "") =>
        organization.Apps($"/{app.Id}{below}");

    /// <summary>Somebody of the organization with the standard role.</summary>
    public static Task<Person> BobAsync(this App stage, TestOrganization organization) =>
        stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder", Role.StandardName);
}
