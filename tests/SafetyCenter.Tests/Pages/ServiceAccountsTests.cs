using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

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
    public async Task A_disabled_account_is_told_of_by_mail_loses_its_keys_and_is_enabled_without_them()
    {
        var organization = await stage.CreateOrganizationAsync("Robots end");
        var id = await stage.AddServiceAccountAsync(organization, "team@robots-end.example");
        var key = await stage.IssueTokenAsync(id, "export", stage.Now.AddDays(9), "metrics_read");
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("Authorization", "Bearer " + key.Secret));
        var keeper = await stage.AddPersonWhoMayAsync(organization, Permission.ServiceAccountWrite);
        using var client = await stage.SignedInAsync(keeper);
        var page = organization.Settings($"service-accounts/{id}");
        var preview = (await client.PageAsync(page)).QuerySelector("[data-standing] a")!.GetAttribute("href")!;
        using var disabled = await client.PostFormAsync(preview, "Disable");
        Assert.Equal(page, disabled.Headers.Location!.ToString());
        Assert.Contains("team@robots-end.example is told", await client.DoneAsync(disabled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync("Authorization", "Bearer " + key.Secret));

        var row = Assert.Single(await stage.RowsAsync<Email>(
            all => all.Where(email => email.Recipient == "team@robots-end.example")), email =>
            email.Kind == EmailKind.ServiceAccountDisabled);
        var letter = await stage.InScopeAsync(services =>
            services.GetRequiredService<EmailComposer>().ComposeAsync(row, CancellationToken.None));
        Assert.Equal("[Robots end] Service account “Robot” was disabled", letter!.Subject);
        Assert.Contains($"By: {keeper.Email}", letter.Text, StringComparison.Ordinal);
        Assert.Contains("export (Service access token", letter.Text, StringComparison.Ordinal);
        Assert.Contains(page, letter.Text, StringComparison.Ordinal);

        using var enabled = await client.PostFormAsync(page, "Enable");
        Assert.Equal(page, enabled.Headers.Location!.ToString());
        Assert.Contains("stay revoked", await client.DoneAsync(enabled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync("Authorization", "Bearer " + key.Secret));

        // With nothing that depends on it, its own page has the button; what ended before is not told a second time.
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        using var again = await client.PostFormAsync(page, "Disable");
        await client.DoneAsync(again);
        var second = (await stage.EmailsAsync(EmailKind.ServiceAccountDisabled))
            .Last(email => email.Recipient == "team@robots-end.example");
        var shorter = await stage.InScopeAsync(services =>
            services.GetRequiredService<EmailComposer>().ComposeAsync(second, CancellationToken.None));
        Assert.DoesNotContain("export", shorter!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_never_signs_in_and_is_never_invited()
    {
        var organization = await stage.CreateOrganizationAsync("Robots out");
        var id = await stage.AddServiceAccountAsync(organization, "robot@robots-out.example");

        // Not even when the address is somebody's who can sign in elsewhere.
        var elsewhere = await stage.CreateOrganizationAsync("Robots elsewhere", "robot@robots-out.example");
        using var somebody = await stage.SignedInAsync(elsewhere.Admin);
        using var inside = await somebody.GetAsync(organization.Settings("users"));
        Assert.Equal(HttpStatusCode.NotFound, inside.StatusCode);

        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"users/{id}");
        Assert.DoesNotContain("Send invite", (await admin.PageAsync(page)).Buttons());
        using var forced = await admin.ForceAsync(page, page + "?handler=Invite");
        Assert.Contains("cannot be invited", await forced.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Empty(await stage.RowsAsync<Invite>(all => all.Where(invite => invite.UserId == id)));

        using var visitor = stage.NewClient();
        var other = await stage.AddServiceAccountAsync(organization, "lonely@robots-out.example");
        using var tried = await visitor.PostFormAsync(
            "/sign-in", "Sign in", ("email", "lonely@robots-out.example"), ("password", People.Password));
        Assert.Equal(HttpStatusCode.BadRequest, tried.StatusCode);
        Assert.All(
            await stage.RowsAsync<User>(all => all.Where(user => user.Id == id || user.Id == other)),
            account => Assert.Null(account.LoginId));
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
