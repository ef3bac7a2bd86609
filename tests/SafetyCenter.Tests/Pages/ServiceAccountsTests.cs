using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>Service accounts through their pages: made, given keys and tokens, and guarded.</summary>
public sealed class ServiceAccountsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task An_account_is_made_with_roles_and_given_a_key_and_a_token()
    {
        var organization = await stage.CreateOrganizationAsync("Robots");
        using var admin = await stage.SignedInAsync(organization.Admin);
        using var made = await admin.PostFormAsync(
            organization.Settings("service-accounts"), "Create service account",
            ("name", "Deploy Robot"), ("email", "admin@robots.example"));
        var account = Assert.Single(await stage.RowsAsync<User>(
            all => all.Where(user => user.OrganizationId == organization.Id && user.IsServiceAccount)));
        var page = organization.Settings($"service-accounts/{account.Id}");
        Assert.Equal(page, made.Headers.Location!.ToString());
        Assert.Contains(Role.ReadOnlyName, (await admin.PageAsync(page)).Body!.TextContent, StringComparison.Ordinal);

        using var key = await admin.PostFormAsync(
            page, "Create application key", ("name", "deploy"), ("scopes", "dashboards_read"));
        Assert.StartsWith("scapp_", await key.SecretAsync(stage), StringComparison.Ordinal);
        using var token = await admin.PostFormAsync(
            page, "Create access token", ("name", "export"), ("scopes", "metrics_read"));
        var secret = await token.SecretAsync(stage);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("Authorization", "Bearer " + secret));
        var held = await stage.RowsAsync<OwnedCredential>(all => all.Where(owned => owned.OwnerId == account.Id));
        Assert.Equal(2, held.Count);
        Assert.Null(held.OfType<ServiceAccessToken>().Single().ExpiresAt);
        Assert.All(held, owned => Assert.Equal(organization.Admin.Id, owned.CreatedBy));

        using var revoked = await admin.PostFormAsync(page, "Revoke", "[data-list=tokens]");
        await admin.DoneAsync(revoked);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync("Authorization", "Bearer " + secret));
        using var undone = await admin.PostFormAsync(page, "Undo");
        await admin.DoneAsync(undone);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("Authorization", "Bearer " + secret));
    }

    [Fact]
    public async Task The_permission_for_service_accounts_gives_no_more_than_ones_own_and_no_key_of_a_person()
    {
        var organization = await stage.CreateOrganizationAsync("Robot keepers");
        var keeper = await stage.AddPersonWhoMayAsync(organization, Permission.ServiceAccountWrite);
        using var client = await stage.SignedInAsync(keeper);
        var accounts = organization.Settings("service-accounts");
        var offered = (await client.PageAsync(accounts)).QuerySelectorAll("input[name=ticked]").Length;
        Assert.Equal(1, offered);
        var admins = Assert.Single(await stage.RowsAsync<Role>(
            all => all.Where(role => role.OrganizationId == organization.Id && role.Name == Role.AdminName)));
        using var beyond = await client.ForceAsync(
            accounts, accounts + "?handler=Create", ("name", "Root"), ("email", "r@x.example"), ("ticked", $"{admins.Id}"));
        Assert.Contains(
            "roles whose permissions you hold",
            await beyond.RefusalAsync(HttpStatusCode.Forbidden),
            StringComparison.Ordinal);
        using var none = await client.ForceAsync(
            accounts, accounts + "?handler=Create", ("name", "Nobody"), ("email", "r@x.example"));
        Assert.Contains("at least one role", await none.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);

        var person = organization.Settings($"service-accounts/{organization.Admin.Id}");
        using var shown = await client.GetAsync(person);
        Assert.Equal(HttpStatusCode.NotFound, shown.StatusCode);
        using var forced = await client.ForceAsync(accounts, person + "?handler=Create", ("name", "theirs"), ("what", "key"));
        Assert.Equal(HttpStatusCode.NotFound, forced.StatusCode);
        Assert.DoesNotContain(
            await stage.RowsAsync<User>(all => all.Where(user => user.OrganizationId == organization.Id)),
            user => user.IsServiceAccount);
    }

    [Fact]
    public async Task Accounts_of_another_organization_are_not_there()
    {
        var (acme, globex) = (
            await stage.CreateOrganizationAsync("Acme S"), await stage.CreateOrganizationAsync("Globex S"));
        using (var ann = await stage.SignedInAsync(acme.Admin))
        {
            using var made = await ann.PostFormAsync(
                acme.Settings("service-accounts"), "Create service account", ("name", "Acme Bot"), ("email", "b@acme-s.example"));
            Assert.Equal(HttpStatusCode.Redirect, made.StatusCode);
        }

        var account = Assert.Single(await stage.RowsAsync<User>(
            all => all.Where(user => user.OrganizationId == acme.Id && user.IsServiceAccount)));
        using var carl = await stage.SignedInAsync(globex.Admin);
        var foreign = globex.Settings($"service-accounts/{account.Id}");
        using var shown = await carl.GetAsync(foreign);
        Assert.Equal(HttpStatusCode.NotFound, shown.StatusCode);
        foreach (var action in new[] { "Create", $"Revoke&key={acme.ApiKey.Id}", $"Undo&key={acme.ApiKey.Id}" })
        {
            using var posted = await carl.ForceAsync(
                globex.Settings("service-accounts"), $"{foreign}?handler={action}", ("name", "stolen"));
            Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        }

        Assert.DoesNotContain(
            "Acme Bot", (await carl.PageAsync(globex.Settings("service-accounts"))).Body!.TextContent, StringComparison.Ordinal);
    }
}
