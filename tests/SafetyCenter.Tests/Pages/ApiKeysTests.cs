using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using Role = SafetyCenter.Core.Users.Role;

namespace SafetyCenter.Tests.Pages;

/// <summary>The rules of seed 004 for API keys, through their page.</summary>
public sealed class ApiKeysTests(App app) : IClassFixture<App>
{
    private static string KeysOf(TestOrganization organization) => $"/o/{organization.Slug}/organization-settings/api-keys";

    [Fact]
    public async Task A_new_key_is_shown_once_and_kept_as_a_hash()
    {
        var organization = await app.CreateOrganizationAsync("Once");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var made = await admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", "  ci  "));
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.True(made.Headers.CacheControl!.NoStore);
        var secret = (await made.DocumentAsync()).QuerySelector("[data-secret]")!.TextContent.Trim();
        Assert.Matches("^[0-9a-f]{32}$", secret);

        var row = Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(key => key.Name == "ci")));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), row.Hash);
        Assert.Equal(organization.Admin.Id, row.CreatedBy);
        var list = await admin.PageAsync(KeysOf(organization));
        Assert.DoesNotContain(secret, list.DocumentElement.OuterHtml, StringComparison.Ordinal);
        Assert.Contains(secret[^4..], list.Body!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, app.Log.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "blank")]
    [InlineData("   \t ", "blank")]
    [InlineData("a\u0001b", "control characters")]
    [InlineData("line\nbreak", "control characters")]
    [InlineData("left\u202eright", "invisible")]
    [InlineData("zero\u200bwidth", "invisible")]
    public async Task A_name_that_nobody_could_read_is_refused_with_a_reason_and_stays_in_the_field(string name, string reason)
    {
        var organization = await app.CreateOrganizationAsync($"Names {Guid.NewGuid():N}");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var refused = await admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", name));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = await refused.DocumentAsync();
        Assert.Contains(reason, page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(key => key.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task A_name_may_have_255_characters_and_not_one_more()
    {
        var organization = await app.CreateOrganizationAsync("Long");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var longest = await admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", new string('é', 255)));
        Assert.Equal(HttpStatusCode.OK, longest.StatusCode);
        using var longer = await admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", new string('x', 256)));
        Assert.Equal(HttpStatusCode.BadRequest, longer.StatusCode);
        Assert.Equal(
            new string('x', 256), (await longer.DocumentAsync()).QuerySelector("#name")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Names_are_unique_among_active_keys_by_exact_comparison_after_normalization()
    {
        var organization = await app.CreateOrganizationAsync("Unique");
        using var admin = await app.SignedInAsync(organization.Admin);
        Task<HttpResponseMessage> MakeAsync(string name) =>
            admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", name));
        using var composed = await MakeAsync("caf\u00e9");
        Assert.Equal(HttpStatusCode.OK, composed.StatusCode);
        using var decomposed = await MakeAsync("cafe\u0301");
        Assert.Equal(HttpStatusCode.BadRequest, decomposed.StatusCode);
        using var upper = await MakeAsync("CAF\u00c9");
        Assert.Equal(HttpStatusCode.OK, upper.StatusCode);

        // A name is free again when its key is revoked; another organization never minded.
        using var revoked = await admin.PostFormAsync(
            KeysOf(organization), "Revoke", await RowOfAsync(organization, "caf\u00e9"));
        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
        using var again = await MakeAsync("caf\u00e9");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var other = await app.CreateOrganizationAsync("Unique too");
        await app.IssueApiKeyAsync(other, "caf\u00e9");
    }

    [Fact]
    public async Task Fifty_keys_and_no_more_until_the_operator_raises_the_limit_and_the_last_one_stays()
    {
        var organization = await app.CreateOrganizationAsync("Fifty");
        for (var number = 2; number <= 50; number++)
        {
            await app.IssueApiKeyAsync(organization, $"key {number}");
        }

        using var admin = await app.SignedInAsync(organization.Admin);
        using var refused = await admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", "one more"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(
            "50 active API keys", (await refused.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent,
            StringComparison.Ordinal);
        await app.InScopeAsync(async db =>
        {
            await db.Database.ExecuteSqlAsync($"UPDATE organizations SET api_key_limit = 51 WHERE id = {organization.Id.Value}");
        });
        using var raised = await admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", "one more"));
        Assert.Equal(HttpStatusCode.OK, raised.StatusCode);

        var alone = await app.CreateOrganizationAsync("Alone");
        using var its = await app.SignedInAsync(alone.Admin);
        using var last = await its.PostFormAsync(KeysOf(alone), "Revoke");
        Assert.Equal(HttpStatusCode.Forbidden, last.StatusCode);
        Assert.True(Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(key => key.OrganizationId == alone.Id))).IsActive);
    }

    [Fact]
    public async Task Two_people_who_revoke_the_last_two_keys_at_once_leave_one()
    {
        var organization = await app.CreateOrganizationAsync("Two");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var first = await app.SignedInAsync(organization.Admin);
        using var second = await app.SignedInAsync(organization.Admin);
        var answers = await Task.WhenAll(
            first.PostFormAsync(KeysOf(organization), "Revoke", $"[data-key='{spare.Id}']"),
            second.PostFormAsync(KeysOf(organization), "Revoke", $"[data-key='{organization.ApiKey.Id}']"));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Forbidden);
        Assert.Single(
            await app.RowsAsync<ApiKey>(all => all.Where(key => key.OrganizationId == organization.Id)), key => key.IsActive);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_second_click_is_harmless_and_told_who_was_first()
    {
        var organization = await app.CreateOrganizationAsync("Second click", adminName: "Ann Admin");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(KeysOf(organization));
        var form = (AngleSharp.Html.Dom.IHtmlFormElement)page.QuerySelector($"[data-key='{spare.Id}'] form")!;
        var token = (AngleSharp.Html.Dom.IHtmlInputElement)form.QuerySelector("input[name=__RequestVerificationToken]")!;
        Task<HttpResponseMessage> ClickAsync() => admin.PostAsync(
            form.GetAttribute("action"),
            new FormUrlEncodedContent([KeyValuePair.Create(token.Name!, token.Value)]));
        (await ClickAsync()).Dispose();
        var revokedAt = Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(key => key.Id == spare.Id))).RevokedAt;
        using var second = await ClickAsync();
        var told = await admin.PageAsync(second.Headers.Location!.ToString());
        Assert.Contains(
            "already revoked by Ann Admin", told.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(
            revokedAt, Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(key => key.Id == spare.Id))).RevokedAt);
    }

    [Fact]
    public async Task Who_may_only_read_keys_can_neither_make_nor_revoke_them()
    {
        var organization = await app.CreateOrganizationAsync("Readers");
        var bob = await app.AddPersonAsync(organization, "bob@readers.example");
        using var reader = await app.SignedInAsync(bob);
        var page = await reader.PageAsync(KeysOf(organization));
        Assert.DoesNotContain(page.QuerySelectorAll("main button"), button => button.TextContent is "Revoke" or "Create API key");

        // With a token of a page he may open, he still may not do it.
        var token = page.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        foreach (var action in new[] { "?handler=Create", $"?handler=Revoke&key={organization.ApiKey.Id}" })
        {
            using var refused = await reader.PostAsync(
                KeysOf(organization) + action,
                new FormUrlEncodedContent(
                [
                    KeyValuePair.Create("__RequestVerificationToken", token), KeyValuePair.Create("name", "mine"),
                ]));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        var viewer = await app.AddPersonAsync(organization, "eve@readers.example", role: Role.ReadOnlyName);
        using var readOnly = await app.SignedInAsync(viewer);
        using var closed = await readOnly.GetAsync(KeysOf(organization));
        Assert.Equal(HttpStatusCode.Forbidden, closed.StatusCode);
    }

    private async Task<string> RowOfAsync(TestOrganization organization, string name)
    {
        var key = Assert.Single(await app.RowsAsync<ApiKey>(
            all => all.Where(key => key.OrganizationId == organization.Id && key.Name == name)));
        return $"[data-key='{key.Id}']";
    }
}
