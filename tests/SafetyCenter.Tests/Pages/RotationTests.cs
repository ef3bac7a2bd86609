using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>A new key beside the old one, and the old one's end, through the pages.</summary>
public sealed class RotationTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string ApiKeyHeader = "DD-API-KEY";

    [Fact]
    public async Task Both_keys_work_until_the_old_one_is_retired_by_hand()
    {
        var organization = await stage.CreateOrganizationAsync("Rotating");
        var (old, address) = (organization.ApiKey, organization.PageOf(organization.ApiKey));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(address + "/rotate");
        Assert.Equal("main 2026-01-15", page.QuerySelector("#name")!.GetAttribute("value"));
        using var rotated = await admin.PostFormAsync(address + "/rotate", "Rotate", ("retire", "1"));
        var secret = await rotated.SecretAsync(stage);
        Assert.DoesNotContain(secret, stage.Log.ToString(), StringComparison.Ordinal);

        var row = await stage.RowAsync<ApiKey>(old.Id);
        Assert.Equal(stage.Now.AddDays(1), row.RetireAt);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, old.Secret, "slow mover"));
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, secret, "early bird"));

        var moving = await admin.PageAsync(address);
        Assert.DoesNotContain(secret, moving.DocumentElement.OuterHtml, StringComparison.Ordinal);
        Assert.Equal("Being replaced", moving.TextOf("[data-standing]"));
        Assert.Equal(2, moving.QuerySelectorAll("[data-rotation] svg rect.bar").Length);
        Assert.Single(moving.QuerySelectorAll("[data-rotation] svg rect.bar-1"));
        Assert.Contains("slow mover", moving.TextOf("[data-still]"), StringComparison.Ordinal);
        Assert.DoesNotContain("early bird", moving.TextOf("[data-still]"), StringComparison.Ordinal);

        using var more = await admin.PostFormAsync(
            address, "Give more time", ("retireAt", "2026-03-01T08:00"), ("whenSilent", "true"));
        await admin.DoneAsync(more);
        row = await stage.RowAsync<ApiKey>(old.Id);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero), row.RetireAt);
        Assert.True(row.RetiresWhenSilent);

        stage.Time.Jump(TimeSpan.FromHours(5));
        Assert.Contains(
            "Silent for 5 hours, retire now?", (await admin.PageAsync(address)).TextOf("[data-silent]"),
            StringComparison.Ordinal);
        using var retired = await admin.PostFormAsync(address, "Retire now");
        Assert.Contains("You can undo this until", await admin.DoneAsync(retired), StringComparison.Ordinal);
        Assert.Equal(RevocationReason.Rotated, (await stage.RowAsync<ApiKey>(old.Id)).RevokedBecause);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync(ApiKeyHeader, old.Secret));
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, secret));
    }

    [Fact]
    public async Task Odd_times_are_refused_and_so_is_a_new_key_with_an_end_in_the_place_of_the_last_one_without()
    {
        var organization = await stage.CreateOrganizationAsync("Twice");
        var address = organization.PageOf(organization.ApiKey);
        using var admin = await stage.SignedInAsync(organization.Admin);
        foreach (var (field, value) in new[] { ("retire", "3"), ("retireAt", "yesterday"), ("retireAt", "2020-01-01T00:00") })
        {
            using var odd = await admin.PostFormAsync(address + "/rotate", "Rotate", (field, value));
            Assert.NotEmpty(await odd.RefusalAsync(HttpStatusCode.BadRequest));
        }

        Assert.Null((await stage.RowAsync<ApiKey>(organization.ApiKey.Id)).ReplacedBy);
        using var rotated = await admin.PostFormAsync(
            address + "/rotate", "Rotate", ("name", "second"), ("ends", "90"), ("retire", "30"), ("whenSilent", "true"));
        Assert.Contains("without an end", await rotated.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_rotation_is_refused_while_one_is_under_way()
    {
        var organization = await stage.CreateOrganizationAsync("Once at a time");
        var address = organization.PageOf(organization.ApiKey);
        using var admin = await stage.SignedInAsync(organization.Admin);
        using var first = await admin.PostFormAsync(address + "/rotate", "Rotate");
        await first.SecretAsync(stage);
        using var shown = await admin.GetAsync(address + "/rotate");
        Assert.Equal(HttpStatusCode.Redirect, shown.StatusCode);
        using var second = await admin.ForceAsync(address, address + "/rotate", ("name", "third"), ("retire", "7"));
        Assert.Equal(2, (await stage.RowsAsync<ApiKey>(
            all => all.Where(key => key.OrganizationId == organization.Id))).Count);
    }

    [Fact]
    public async Task Only_its_owner_can_rotate_a_key_and_whoever_manages_service_accounts_theirs()
    {
        var organization = await stage.CreateOrganizationAsync("Whose");
        var bob = await stage.AddPersonAsync(organization, "bob@whose.example", "Bob Builder");
        var key = await stage.IssueApplicationKeyAsync(bob, "bobs", "dashboards_read");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.PageOf(key));
        Assert.Contains("Only Bob Builder can rotate it", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Links, link => link.GetAttribute("href")!.EndsWith("/rotate", StringComparison.Ordinal));
        using var forced = await admin.ForceAsync(organization.PageOf(key), organization.PageOf(key) + "/rotate");
        Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);
        Assert.Null((await stage.RowAsync<ApplicationKey>(key.Id)).ReplacedBy);

        using var owner = await stage.SignedInAsync(bob);
        using var rotated = await owner.PostFormAsync(organization.PageOf(key) + "/rotate", "Rotate");
        Assert.StartsWith("scapp_", await rotated.SecretAsync(stage), StringComparison.Ordinal);
        var successor = await stage.RowAsync<ApplicationKey>(
            (await stage.RowAsync<ApplicationKey>(key.Id)).ReplacedBy!.Value);
        Assert.Equal(["dashboards_read"], successor.Scopes);
        Assert.Equal(bob.Id, successor.OwnerId);
        var next = await owner.PageAsync(organization.Settings($"credentials/{successor.Id}"));
        Assert.Contains("Takes the place of bobs", next.TextOf("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_a_rotation_costs_one_statement_more()
    {
        var organization = await stage.CreateOrganizationAsync("Counted rotation");
        var address = organization.PageOf(organization.ApiKey);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var before = await CredentialStage.CostAsync(admin, address);
        using var rotated = await admin.PostFormAsync(address + "/rotate", "Rotate");
        await rotated.SecretAsync(stage);
        Assert.Equal(before + 1, await CredentialStage.CostAsync(admin, address));
        var other = await stage.AddPersonWhoMayAsync(organization, Permission.ApiKeysRead);
        using var looker = await stage.SignedInAsync(other);
        Assert.Empty((await looker.PageAsync(address)).Buttons());
    }
}
