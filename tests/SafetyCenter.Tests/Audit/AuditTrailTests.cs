using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Audit;

/// <summary>Every act on a credential is told once: who, from where, how, what before and what after.</summary>
public sealed class AuditTrailTests(App app) : IClassFixture<App>
{
    private const string Keys = "/api/v2/api_keys";

    private static int _organizations;

    [Fact]
    public async Task A_key_is_followed_through_the_API_from_its_birth_to_its_end()
    {
        var organization = await OrganizationAsync();
        var admin = ApiCaller.AdminOf(app, organization);
        var known = (await app.EventsAsync(organization)).Select(row => row.Id).ToHashSet();
        var made = (await admin.PostAsync(Keys, "api_keys", new { name = "ci" })).Must(HttpStatusCode.Created);
        await PatchAsync(new { name = "ci-prod" });
        await PatchAsync(new { category = "builds" });
        await PatchAsync(new { expires_at = "2027-01-31T12:00:00Z" });
        await PatchAsync(new { expires_at = (string?)null });
        await PatchAsync(new { name = "ci-prod", category = "builds" });
        (await admin.DeleteAsync($"{Keys}/{made.Id}")).Must(HttpStatusCode.NoContent);

        var events = (await app.EventsAsync(organization)).Where(row => !known.Contains(row.Id)).ToList();
        Assert.Equal(
            ["created", "renamed", "modified", "expiry_changed", "expiry_changed", "revoked"],
            events.Select(row => row.Name));
        Assert.Equal(
            [
                AuditAction.Created, AuditAction.Modified, AuditAction.Modified, AuditAction.Modified, AuditAction.Modified,
                AuditAction.Deleted,
            ],
            events.Select(row => row.Action));
        Assert.Equal(("ci", "ci-prod"), events[1].BeforeAndAfter("name"));
        Assert.Equal(("default", "builds"), events[2].BeforeAndAfter("category"));
        Assert.Equal(("", "2027-01-31T12:00:00.000000Z"), events[3].BeforeAndAfter("expires_at"));
        Assert.Equal(("2027-01-31T12:00:00.000000Z", ""), events[4].BeforeAndAfter("expires_at"));
        Assert.Equal(("", "ByHand"), events[5].BeforeAndAfter("revoked_because"));
        Assert.All(events, row =>
        {
            Assert.Equal(("api_key", made.Id), (row.AssetType, row.AssetId.ToString()));
            Assert.Equal((AuditActor.User, organization.Admin.Id), (row.Actor, row.ActorId));
            Assert.Equal(("Ann Admin", organization.Admin.Email), (row.ActorName, row.ActorEmail));
            Assert.Equal("API + App Key", row.Method);
            Assert.Equal((organization.ApplicationKey.Id.Value, "main"), (row.CredentialId, row.CredentialName));
            Assert.Equal("127.0.0.1", row.Address);
            Assert.StartsWith(Keys, row.Path, StringComparison.Ordinal);
        });
        Assert.Equal(["POST", "PATCH", "PATCH", "PATCH", "PATCH", "DELETE"], events.Select(row => row.HttpMethod));
        Assert.Equal("Ann Admin renamed API key “ci-prod”.", events[1].Message);

        async Task PatchAsync(object attributes) => (await admin.PatchAsync(
            $"{Keys}/{made.Id}", "api_keys", made.Id, attributes)).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_access_token_is_named_as_such()
    {
        var organization = await OrganizationAsync();
        var secret = await app.ActAsync(organization, async (db, actor, services) => (await Issuing.AccessTokenAsync(
            db, actor, services.GetRequiredService<SecretFormat>(), actor.UserId, "robot", ["api_keys_write"],
            app.Now.AddDays(2), app.Now, CancellationToken.None))!.Secret.Reveal());
        app.Plant(secret);
        var told = Assert.Single(await app.EventsOfAsync(organization, async () =>
            (await new ApiCaller(app, ("DD-APPLICATION-KEY", secret)).PostAsync(Keys, "api_keys", new { name = "ci" }))
                .Must(HttpStatusCode.Created)));
        Assert.Equal(("ACCESS_TOKEN", "robot"), (told.Method, told.CredentialName));
    }

    [Fact]
    public async Task Pages_tell_who_was_signed_in_also_for_many_at_once_and_for_an_alert()
    {
        var organization = await OrganizationAsync();
        var keys = $"/o/{organization.Slug}/organization-settings/api-keys";
        using var admin = await app.SignedInAsync(organization.Admin);
        var made = Assert.Single(await app.EventsOfAsync(organization, async () =>
            (await admin.PostFormAsync(keys, "Create API key", ("name", "ci"))).Dispose()));
        Assert.Equal(("created", "SESSION", null), (made.Name, made.Method, made.CredentialId));
        Assert.Equal(("POST", keys), (made.HttpMethod, made.Path));

        var gone = Assert.Single(await app.EventsOfAsync(organization, async () =>
            (await admin.PostFormAsync(keys, "Revoke", $"[data-key='{made.AssetId}']")).Dispose()));
        Assert.Equal(("revoked", "ci"), (gone.Name, gone.AssetName));

        var one = await app.IssueApiKeyAsync(organization, "one");
        var two = await app.IssueApiKeyAsync(organization, "two");
        var token = (await admin.PageAsync(organization.SafetyCenter("access-sharing")))
            .QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        var many = await app.EventsOfAsync(organization, async () =>
        {
            using var answer = await admin.PostAsync(
                organization.SafetyCenter("access-sharing") + "?handler=Revoke",
                new FormUrlEncodedContent(
                [
                    KeyValuePair.Create("__RequestVerificationToken", token), KeyValuePair.Create("keys", one.Id.ToString()),
                    KeyValuePair.Create("keys", two.Id.ToString()),
                ]));
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        });
        Assert.Equal(["one", "two"], many.Select(row => row.AssetName).Order());
        Assert.All(many, row => Assert.Equal(("", "Unused"), row.BeforeAndAfter("revoked_because")));

        var leaked = await app.IssueApiKeyAsync(organization, "leaked");
        await app.ReportAsync(new Match(leaked.Secret));
        var alert = Assert.Single(await app.RowsAsync<Alert>(all => all.Where(row => row.CredentialId == leaked.Id)));
        var looked = await app.EventsOfAsync(organization, async () =>
            (await admin.PostFormAsync(organization.SafetyCenter($"alerts/{alert.Id}"), "Revoke")).Dispose());
        Assert.Equal(["revoked", "seen"], looked.Select(row => row.Name).Order());
        var ended = looked.Single(row => row.Name == "revoked");
        Assert.Equal(("", "Leaked"), ended.BeforeAndAfter("revoked_because"));
        Assert.Equal("SESSION", ended.Method);
    }

    [Fact]
    public async Task Scopes_rotation_tests_undo_and_the_clock_are_told()
    {
        var organization = await OrganizationAsync();
        var key = await app.IssueApplicationKeyAsync(organization.Admin, "tool", "api_keys_read");
        var rescoped = Assert.Single(await app.EventsOfAsync(organization, () => ActAsync(async db =>
        {
            (await db.ApplicationKeys.SingleAsync(row => row.Id == key.Id)).Edit(
                null, ["api_keys_read", "audit_logs_read"], organization.Admin.Id, app.Now);
            await db.SaveChangesAsync();
        })));
        Assert.Equal(
            ("""["api_keys_read"]""", """["api_keys_read","audit_logs_read"]"""),
            (rescoped.Change("scopes").GetProperty("before").GetRawText().Replace(" ", ""),
                rescoped.Change("scopes").GetProperty("after").GetRawText().Replace(" ", "")));
        Assert.Equal(("rescoped", AuditStage.Address), (rescoped.Name, rescoped.Address));

        var rotated = await app.EventsOfAsync(organization, () => app.ActAsync(organization, (db, actor, services) =>
            Lifecycle.RotateAsync(
                db, actor, services.GetRequiredService<SecretFormat>(), key.Id, "tool 2", null, app.Now.AddDays(3), false,
                app.Now, CancellationToken.None)));
        Assert.Equal(["created", "rotated"], rotated.Select(row => row.Name).Order());
        Assert.Equal(
            ("", rotated.Single(row => row.Name == "created").AssetId.ToString()),
            rotated.Single(row => row.Name == "rotated").BeforeAndAfter("replaced_by"));

        var started = Assert.Single(await app.EventsOfAsync(organization, () => app.ActAsync(organization, (db, actor, _) =>
            Lifecycle.TestAsync(db, actor, key.Id, 5, app.Now, CancellationToken.None))));
        Assert.Equal(("test_revocation_started", "tool"), (started.Name, started.AssetName));
        var stopped = Assert.Single(await app.EventsOfAsync(organization, () => app.ActAsync(organization, (db, actor, _) =>
            Lifecycle.StopTestAsync(db, actor, key.Id, app.Now, CancellationToken.None))));
        Assert.Equal("test_revocation_stopped", stopped.Name);

        await app.ActAsync(organization, (db, actor, _) =>
            Revoking.RevokeAsync(db, actor, [key.Id], RevocationReason.ByHand, app.Now, CancellationToken.None));
        var undone = Assert.Single(await app.EventsOfAsync(organization, () => app.ActAsync(organization, (db, actor, _) =>
            Lifecycle.UndoAsync(db, actor, key.Id, app.Now, CancellationToken.None))));
        Assert.Equal(("restored", AuditAction.Modified), (undone.Name, undone.Action));

        // The clock acts for nobody.
        await ActAsync(async db =>
        {
            (await db.ApplicationKeys.SingleAsync(row => row.Id == key.Id)).Expire(
                app.Now.AddDays(1), 1, organization.Admin.Id, app.Now);
            await db.SaveChangesAsync();
        });
        var expired = Assert.Single(await app.EventsOfAsync(organization, () => app.InScopeAsync(async db =>
        {
            var due = await db.Credentials.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == key.Id);
            Assert.True(due.EndIfDue(app.Now.AddDays(2)));
            await db.SaveChangesAsync();
        })));
        Assert.Equal(("expired", AuditActor.System, "NONE"), (expired.Name, expired.Actor, expired.Method));

        Task ActAsync(Func<Web.Data.SafetyCenterDb, Task> act) => app.ActAsync(organization, async (db, _, _) =>
        {
            await act(db);
            return true;
        });
    }

    [Fact]
    public async Task What_is_refused_or_rolled_back_is_not_told()
    {
        var organization = await OrganizationAsync();
        var admin = ApiCaller.AdminOf(app, organization);
        using var browser = await app.SignedInAsync(organization.Admin);
        var told = await app.EventsOfAsync(organization, async () =>
        {
            (await admin.PostAsync(Keys, "api_keys", new { name = "main" })).Must(HttpStatusCode.BadRequest);
            (await admin.DeleteAsync($"{Keys}/{organization.ApiKey.Id}")).Must(HttpStatusCode.Forbidden);
            (await admin.PatchAsync(
                $"{Keys}/{organization.ApiKey.Id}", "api_keys", organization.ApiKey.Id.ToString(), new { name = " " }))
                .Must(HttpStatusCode.BadRequest);
            (await browser.PostFormAsync(
                organization.SafetyCenter("configuration"), "Preview", ("Typed.UnusedApiKeyDays", "7"))).Dispose();
            await Assert.ThrowsAsync<InvalidOperationException>(() => app.RevokeAsync(
                organization,
                organization.ApplicationKey,
                () => throw new InvalidOperationException("The network is gone.")));
            await admin.GetAsync(Keys);
        });
        Assert.Empty(told);
    }

    [Fact]
    public async Task Roles_contacts_and_thresholds_are_told_with_what_was_before()
    {
        var organization = await OrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        using var admin = await app.SignedInAsync(organization.Admin);
        var roles = await app.RowsAsync<Role>(all => all.Where(role => role.OrganizationId == organization.Id));
        var changed = Assert.Single(await app.EventsOfAsync(organization, async () => (await admin.PostFormAsync(
            $"/o/{organization.Slug}/organization-settings/users/{bob.Id}",
            "Save",
            ("roles", roles.Single(role => role.Name == Role.AdminName).Id.ToString()))).Dispose()));
        Assert.Equal(("roles_changed", "user", bob.Id.Value), (changed.Name, changed.AssetType, changed.AssetId));
        Assert.Equal(
            ($"""["{Role.StandardName}"]""", $"""["{Role.AdminName}"]"""),
            changed.BeforeAndAfter("roles"));

        await app.SetContactsAsync(organization, "old@contact.example");
        var contacts = Assert.Single(await app.EventsOfAsync(organization, async () => (await admin.PostFormAsync(
            organization.SafetyCenter("configuration"), "Save contacts",
            ("primary", "new@contact.example"), ("secondary", "two@contact.example"))).Dispose()));
        Assert.Equal("contacts_changed", contacts.Name);
        Assert.Equal(("old@contact.example", "new@contact.example"), contacts.BeforeAndAfter("primary_contact"));
        Assert.Equal(("", "two@contact.example"), contacts.BeforeAndAfter("secondary_contact"));

        var thresholds = Assert.Single(await app.EventsOfAsync(organization, async () => (await admin.PostFormAsync(
            organization.SafetyCenter("configuration"), "Save thresholds", ("Typed.UnusedApiKeyDays", "7"))).Dispose()));
        Assert.Equal(("thresholds_changed", ("30", "7")), (thresholds.Name, thresholds.BeforeAndAfter("unused_api_key_days")));
        Assert.Single(System.Text.Json.JsonDocument.Parse(thresholds.Changes!).RootElement.EnumerateObject());
    }

    [Fact]
    public async Task A_leak_is_told_once_for_each_alert_it_raises()
    {
        var organization = await OrganizationAsync();
        var client = await app.ActAsync(organization, async (db, actor, services) =>
            (await Issuing.ClientTokenAsync(
                db, actor, services.GetRequiredService<SecretFormat>(), "web", null, app.Now, CancellationToken.None))
            .Secret.Reveal());
        Match[] report = [new(organization.ApiKey.Secret), new(organization.ApplicationKey.Secret), new(client)];
        var told = await app.EventsOfAsync(organization, () => app.ReportAsync(report));

        // A client token stands in public by design: no alert, so nothing to tell.
        Assert.Equal(["api_key", "application_key"], told.Select(row => row.AssetType).Order());
        Assert.All(told, row =>
        {
            Assert.Equal((AuditAction.Notification, "leaked", AuditActor.System), (row.Action, row.Name, row.Actor));
            Assert.Equal(AuditNames.SecurityNotification, AuditNames.EventOf(row.Action, row.AssetType));
            Assert.Null(row.Changes);
        });
        Assert.Contains(told, row => row.Message == "SafetyCenter was told that the API key “main” was seen in public.");
        Assert.Empty(await app.EventsOfAsync(organization, () => app.ReportAsync([.. report, new(client, "https://b.example")])));
    }

    private Task<TestOrganization> OrganizationAsync()
    {
        var number = Interlocked.Increment(ref _organizations);
        return app.CreateOrganizationAsync($"Trail {number}", $"ann@trail-{number}.example", "Ann Admin");
    }
}
