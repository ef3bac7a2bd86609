using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>Client tokens and access tokens through their pages.</summary>
public sealed class TokensTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task A_client_token_stays_visible_is_unique_and_can_be_revoked_and_brought_back()
    {
        var organization = await stage.CreateOrganizationAsync("Browsers");
        var bob = await stage.AddPersonAsync(organization, "bob@browsers.example");
        using var client = await stage.SignedInAsync(bob);
        var page = organization.Settings("client-tokens");
        using var made = await client.PostFormAsync(page, "Create client token", ("name", "web"));
        var value = (await made.ReadAsync()).QuerySelector("[data-secret]")!.TextContent.Trim();
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("DD-CLIENT-TOKEN", value));
        var row = Assert.Single(await stage.RowsAsync<ClientToken>(
            all => all.Where(token => token.OrganizationId == organization.Id)));
        var list = await client.PageAsync(page);
        Assert.Equal(value, list.QuerySelector($"[data-key='{row.Id}'] code.secret")!.TextContent);
        Assert.Equal(value, (await client.PageAsync(organization.Settings($"credentials/{row.Id}"))).TextOf("code.secret"));
        using var taken = await client.PostFormAsync(page, "Create client token", ("name", "web"));
        Assert.Contains(
            "already an active client token", await taken.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);

        using var revoked = await client.PostFormAsync(page, "Revoke");
        await client.DoneAsync(revoked);
        Assert.NotEqual(HttpStatusCode.OK, await stage.CallAsync("DD-CLIENT-TOKEN", value));
        using var undone = await client.PostFormAsync(page, "Undo");
        await client.DoneAsync(undone);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("DD-CLIENT-TOKEN", value));

        var eve = await stage.AddPersonAsync(organization, "eve@browsers.example", role: Role.ReadOnlyName);
        using var reader = await stage.SignedInAsync(eve);
        var read = await reader.PageAsync(page);
        Assert.Contains(value, read.Body!.TextContent, StringComparison.Ordinal);
        Assert.Empty(read.Buttons());
        foreach (var action in new[] { "Create", $"Revoke&key={row.Id}", $"Undo&key={row.Id}" })
        {
            using var forced = await reader.ForceAsync(page, $"{page}?handler={action}", ("name", "mine"));
            Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);
        }
    }

    [Fact]
    public async Task An_access_token_ends_in_ninety_days_unless_another_end_is_chosen_and_needs_a_scope()
    {
        var organization = await stage.CreateOrganizationAsync("Tokens");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings("access-tokens");
        Assert.Equal(
            ["30", "90", "365"],
            (await admin.PageAsync(page)).QuerySelectorAll("#ends option").Select(option => option.GetAttribute("value")!));
        using var unscoped = await admin.PostFormAsync(page, "Create access token", ("name", "all"));
        Assert.Contains("at least one scope", await unscoped.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var longer = await admin.PostFormAsync(
            page, "Create access token", ("name", "long"), ("scopes", "metrics_read"), ("expiresAt", "2027-01-17T13:00"));
        Assert.Contains("at most one year", await longer.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);

        using var made = await admin.PostFormAsync(
            page, "Create access token", ("name", "reader"), ("scopes", "metrics_read"));
        var secret = await made.SecretAsync(stage);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("Authorization", "Bearer " + secret));
        var row = Assert.Single(await stage.RowsAsync<PersonalAccessToken>(
            all => all.Where(token => token.OwnerId == organization.Admin.Id)));
        Assert.Equal(stage.Now.AddDays(90), row.ExpiresAt);
        Assert.DoesNotContain(secret, (await admin.PageAsync(page)).DocumentElement.OuterHtml, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, stage.Log.ToString(), StringComparison.Ordinal);

        // Its end is fixed; its page offers no other, and refuses one.
        var its = organization.Settings($"credentials/{row.Id}");
        Assert.DoesNotContain("Set end", (await admin.PageAsync(its)).Buttons());
        using var forced = await admin.ForceAsync(its, its + "?handler=End", ("ends", "365"));
        Assert.Contains("fixed when it is made", await forced.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var rotated = await admin.PostFormAsync(its + "/rotate", "Rotate", ("ends", "30"));
        await rotated.SecretAsync(stage);
        using var revoked = await admin.PostFormAsync(page, "Revoke", $"[data-list=mine] [data-key='{row.Id}']");
        Assert.Contains("Revoked “reader”", await admin.DoneAsync(revoked), StringComparison.Ordinal);
    }
}
