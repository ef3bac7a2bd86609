using System.Net;
using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>Application keys through their page: one's own, everybody's, and the way there.</summary>
public sealed class ApplicationKeysTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private static string KeysOf(TestOrganization organization) => organization.Settings("application-keys");

    [Fact]
    public async Task A_new_key_has_the_ticked_and_the_pasted_scopes_and_is_shown_once()
    {
        var organization = await stage.CreateOrganizationAsync("Own keys");
        var bob = await stage.AddPersonAsync(organization, "bob@own-keys.example");
        using var client = await stage.SignedInAsync(bob);
        var page = await client.PageAsync(KeysOf(organization));
        Assert.Contains(
            page.QuerySelectorAll("input[type=checkbox][name=scopes]"), box => box.GetAttribute("value") == "dashboards_read");
        using var made = await client.PostFormAsync(
            KeysOf(organization),
            "Create application key",
            ("name", " terraform "),
            ("scopes", "dashboards_read"),
            ("scopes", "monitors_read\r\nmetrics_read, dashboards_read"),
            ("ends", "30"));
        var secret = await made.SecretAsync(stage);
        Assert.Matches("^scapp_[0-9A-Za-z]{34}$", secret);
        Assert.Contains($"DD-APPLICATION-KEY: {secret}", (await made.ReadAsync()).TextOf("pre"), StringComparison.Ordinal);
        var row = Assert.Single(await stage.RowsAsync<ApplicationKey>(all => all.Where(key => key.OwnerId == bob.Id)));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), row.Hash);
        Assert.Equal("terraform", row.Name);
        Assert.Equal(["dashboards_read", "monitors_read", "metrics_read"], row.Scopes);
        Assert.Equal(stage.Now.AddDays(30), row.ExpiresAt);
        Assert.DoesNotContain(
            secret, (await client.PageAsync(KeysOf(organization))).DocumentElement.OuterHtml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_stays_in_the_form()
    {
        var organization = await stage.CreateOrganizationAsync("Refused keys");
        using var admin = await stage.SignedInAsync(organization.Admin);
        using var refused = await admin.PostFormAsync(
            KeysOf(organization), "Create application key",
            ("name", "kept"), ("scopes", "dashboards_read\nDASHBOARDS_READ"), ("expiresAt", "2027-02-03T04:05"));
        var page = await refused.ReadAsync();
        Assert.Contains("case counts", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal("kept", page.QuerySelector("#name")!.GetAttribute("value"));
        Assert.Equal("DASHBOARDS_READ", page.QuerySelector("textarea[name=scopes]")!.TextContent.Trim());
        Assert.NotNull(page.QuerySelector("input[name=scopes][value=dashboards_read][checked]"));
        Assert.Equal("2027-02-03T04:05", page.QuerySelector("#expiresAt")!.GetAttribute("value"));
        using var blank = await admin.PostFormAsync(KeysOf(organization), "Create application key", ("name", " "));
        Assert.Contains("blank", await blank.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everybodys_keys_are_found_by_name_and_revoked_by_who_may()
    {
        var organization = await stage.CreateOrganizationAsync("Everybody");
        var bob = await stage.AddPersonAsync(organization, "bob@everybody.example", "Bob Builder");
        var nightly = await stage.IssueApplicationKeyAsync(bob, "etl_nightly 100%");
        await stage.IssueApplicationKeyAsync(bob, "etl-nightly");

        // Bob sees everybody's keys, but may revoke only his own.
        using var owner = await stage.SignedInAsync(bob);
        var page = await owner.PageAsync(KeysOf(organization) + "?search=main");
        Assert.Null(page.QuerySelector($"[data-list=all] [data-key='{organization.ApplicationKey.Id}'] button"));
        Assert.NotNull(page.QuerySelector($"[data-list=mine] [data-key='{nightly.Id}'] button"));
        using var forced = await owner.ForceAsync(
            KeysOf(organization), $"{KeysOf(organization)}?handler=Revoke&key={organization.ApplicationKey.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);

        using var admin = await stage.SignedInAsync(organization.Admin);
        var found = await admin.PageAsync(KeysOf(organization) + "?search=" + Uri.EscapeDataString("L_NIGHTLY 100%"));
        var row = Assert.Single(found.QuerySelectorAll("[data-list=all] tr[data-key]"));
        Assert.Contains("Bob Builder", row.TextContent, StringComparison.Ordinal);
        using var revoked = await admin.PostFormAsync(
            KeysOf(organization), "Revoke", $"[data-list=all] [data-key='{nightly.Id}']");
        Assert.Contains("You can undo this until", await admin.DoneAsync(revoked), StringComparison.Ordinal);
        Assert.Equal(organization.Admin.Id, (await stage.RowAsync<ApplicationKey>(nightly.Id)).RevokedBy);
        using var undone = await owner.PostFormAsync(KeysOf(organization), "Undo", $"[data-revoked='{nightly.Id}']");
        await owner.DoneAsync(undone);
        Assert.True((await stage.RowAsync<ApplicationKey>(nightly.Id)).IsActive);
    }

    [Fact]
    public async Task Who_may_have_keys_but_not_see_others_sees_only_their_own()
    {
        var organization = await stage.CreateOrganizationAsync("Only own");
        var person = await stage.AddPersonWhoMayAsync(organization, Permission.UserAppKeys);
        await stage.IssueApplicationKeyAsync(person, "mine alone");
        using var client = await stage.SignedInAsync(person);
        var page = await client.PageAsync(KeysOf(organization) + "?search=main");
        Assert.Null(page.QuerySelector("[data-list=all]"));
        Assert.Equal("mine alone", Assert.Single(page.QuerySelectorAll("tr[data-key] strong")).TextContent);
        using var foreign = await client.GetAsync(organization.PageOf(organization.ApplicationKey));
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);

        var reader = await stage.AddPersonWhoMayAsync(organization, Permission.OrgAppKeysRead);
        using var reading = await stage.SignedInAsync(reader);
        Assert.DoesNotContain("Create application key", (await reading.PageAsync(KeysOf(organization))).Buttons());
        using var forced = await reading.ForceAsync(
            KeysOf(organization), KeysOf(organization) + "?handler=Create", ("name", "no"));
        Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);

        var nobody = await stage.AddPersonAsync(organization, "eve@only-own.example", role: Role.ReadOnlyName);
        using var closed = await stage.SignedInAsync(nobody);
        using var answer = await closed.GetAsync(KeysOf(organization));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task My_application_keys_leads_to_the_one_organization_or_asks_which()
    {
        var one = await stage.CreateOrganizationAsync("First of mine", "both@mine.example");
        using var client = await stage.SignedInAsync(one.Admin);
        using var straight = await client.GetAsync("/me/application-keys");
        Assert.Equal(KeysOf(one), straight.Headers.Location!.ToString());
        var two = await stage.CreateOrganizationAsync("Second of mine", "both@mine.example");
        var choice = await client.PageAsync("/me/application-keys");
        Assert.Equal(
            [KeysOf(one), KeysOf(two)], choice.QuerySelectorAll("main li a").Select(link => link.GetAttribute("href")!));
        using var stranger = stage.NewClient();
        using var closed = await stranger.GetAsync("/me/application-keys");
        Assert.StartsWith("/sign-in?", closed.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_list_is_read_page_by_page()
    {
        var organization = await stage.CreateOrganizationAsync("Long list");
        for (var number = 0; number < 60; number++)
        {
            await stage.IssueApplicationKeyAsync(organization.Admin, $"key {number}");
        }

        using var admin = await stage.SignedInAsync(organization.Admin);
        var first = await admin.PageAsync(KeysOf(organization));
        var names = NamesOf(first);
        Assert.Equal(50, names.Count);
        var next = first.QuerySelectorAll("[data-list=all] a").Single(link => link.TextContent == "Older ones");
        names.AddRange(NamesOf(await admin.PageAsync(next.GetAttribute("href")!)));
        Assert.Equal(61, names.Distinct().Count());

        static List<string> NamesOf(AngleSharp.Html.Dom.IHtmlDocument page) =>
            [.. page.QuerySelectorAll("[data-list=all] tr[data-key] strong").Select(name => name.TextContent)];
    }
}
