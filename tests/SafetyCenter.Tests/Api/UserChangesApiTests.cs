using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>Users made, changed and disabled by Datadog's v2 API.</summary>
public sealed class UserChangesApiTests(App app) : IClassFixture<App>
{
    private const string Users = UserCalls.Users;

    [Fact]
    public async Task A_user_is_made_pending_and_nobody_writes_to_them()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var email = $"eve+1@{organization.Slug}.example";
        var role = await app.RoleIdAsync(organization, Role.ReadOnlyName);
        var attributes = new { email = email.ToUpperInvariant(), name = "Eve", title = "Analyst" };
        var made = (await admin.AddUserAsync(attributes, role)).Must(HttpStatusCode.Created);
        Assert.Equal(email, made.Attribute("email").GetString());
        Assert.Equal("Eve", made.Attribute("name").GetString());
        Assert.Equal("Analyst", made.Attribute("title").GetString());
        Assert.Equal("Pending", made.Attribute("status").GetString());
        Assert.Equal(role, Assert.Single(made.Included("roles")).GetProperty("id").GetString());
        Assert.Empty(await app.RowsAsync<Invite>(invites => invites.Where(invite => invite.OrganizationId == organization.Id)));
        Assert.DoesNotContain(await app.EmailsAsync(), sent => sent.Recipient == email);
        Assert.Equal(made.Id, (await admin.GetAsync($"{Users}/{made.Id}")).Must(HttpStatusCode.OK).Id);
    }

    [Fact]
    public async Task An_address_is_taken_by_one_user_whatever_their_standing()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var email = $"eve@{organization.Slug}.example";
        var eve = await admin.AddPendingAsync(email);
        Assert.Equal([$"User {email} already exists"], (await AgainAsync(email.ToUpperInvariant())).Errors);
        (await admin.DeleteAsync($"{Users}/{eve}")).Must(HttpStatusCode.NoContent);
        Assert.Equal([$"User {email} already exists"], (await AgainAsync(email)).Errors);

        // Somebody else's users are nobody's business.
        (await admin.AddUserAsync(new { email = other.Admin.Email })).Must(HttpStatusCode.Created);

        async Task<ApiCaller.Answer> AgainAsync(string address) =>
            (await admin.AddUserAsync(new { email = address })).Must(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task One_address_added_ten_times_at_once_is_one_user()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var email = $"eve@{organization.Slug}.example";
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => admin.AddUserAsync(new { email })));
        Assert.Equal(
            [HttpStatusCode.Created, .. Enumerable.Repeat(HttpStatusCode.Conflict, 9)],
            answers.Select(answer => answer.Status).Order());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"email":null}""")]
    [InlineData("""{"email":"eve"}""")]
    [InlineData("""{"email":"eve@acme.example\r\nBcc: all@acme.example"}""")]
    [InlineData("""{"email":"eve@acme.example","name":"<b>"}""")]
    [InlineData("""{"email":"eve@acme.example","name":"1234567890123456789012345678901234567890123456789012345 6"}""")]
    [InlineData("""{"email":"eve@acme.example","title":7}""")]
    [InlineData("""{"email":"eve@acme.example","service_account":true}""")]
    public async Task A_user_who_cannot_be_is_refused_with_a_sentence(string attributes)
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var answer = await admin.SendTextAsync(
            HttpMethod.Post, Users, "{\"data\":{\"type\":\"users\",\"attributes\":" + attributes + "}}");
        Assert.NotEmpty(answer.Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Single(await app.RowsAsync<User>(users => users.Where(user => user.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Roles_that_are_not_here_or_are_more_than_one_has_cannot_be_given()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var attributes = new { email = $"eve@{organization.Slug}.example" };
        foreach (var unknown in new[] { $"{Guid.NewGuid()}", "x", await app.RoleIdAsync(other, Role.StandardName) })
        {
            (await admin.AddUserAsync(attributes, unknown)).Must(HttpStatusCode.BadRequest);
        }

        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var bobs = await app.CallerAsync(organization, bob);
        var refused = await bobs.AddUserAsync(attributes, await app.RoleIdAsync(organization, Role.AdminName));
        Assert.Contains("api_keys_write", refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);

        // A key that is limited gives no more than it has, whoever owns it.
        var limited = await app.CallerAsync(organization, organization.Admin, "user_access_invite");
        var standard = await app.RoleIdAsync(organization, Role.StandardName);
        (await limited.AddUserAsync(attributes, standard)).Must(HttpStatusCode.Forbidden);
        (await bobs.AddUserAsync(attributes, standard)).Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Inviting_needs_the_permission_and_admins_where_the_organization_says_so()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var reader = await app.AddPersonAsync(organization, $"r@{organization.Slug}.example", role: Role.ReadOnlyName);
        var refused = await (await app.CallerAsync(organization, reader)).AddUserAsync(new { email = "x@acme.example" });
        Assert.Contains("user_access_invite", refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var bobs = await app.CallerAsync(organization, bob);
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var row = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            row.SetPolicy("admin_only_invites", policies => policies.AdminOnlyInvites = true, app.Now);
            await db.SaveChangesAsync();
        });
        var closed = (await bobs.AddUserAsync(new { email = "x@acme.example" })).Must(HttpStatusCode.Forbidden);
        Assert.Contains("only admins", closed.Errors[0], StringComparison.Ordinal);
        var made = (await admin.AddUserAsync(new { email = "x@acme.example" })).Must(HttpStatusCode.Created);
        (await bobs.InviteAsync(made.Id)).Must(HttpStatusCode.Forbidden);
        (await admin.InviteAsync(made.Id)).Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Only_domains_that_are_allowed_come_in_be_it_by_a_correction()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var row = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            row.SetPolicy("domain_allowlist", policies => policies.AllowDomains(["acme.example"]), app.Now);
            row.SetPolicy("enable_domain_allowlist", policies => policies.EnforcesAllowedDomains = true, app.Now);
            await db.SaveChangesAsync();
        });
        (await admin.AddUserAsync(new { email = "eve@globex.example" })).Must(HttpStatusCode.BadRequest);
        var eve = await admin.AddPendingAsync("eve@acme.example");
        (await admin.ChangeUserAsync(eve, new { email = "eve@globex.example" })).Must(HttpStatusCode.BadRequest);
        (await admin.ChangeUserAsync(eve, new { email = "eva@acme.example" })).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_user_is_changed_in_all_that_was_sent_and_in_nothing_else()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob");
        var changed = (await admin.ChangeUserAsync(bob.Id, new { title = "Builder" })).Must(HttpStatusCode.OK);
        Assert.Equal("Bob", changed.Attribute("name").GetString());
        Assert.Equal("Builder", changed.Attribute("title").GetString());
        Assert.Single(changed.Included("roles"));
        Assert.True(changed.Attribute("modified_at").GetDateTimeOffset() > changed.Attribute("created_at").GetDateTimeOffset());
        changed = (await admin.ChangeUserAsync(bob.Id, new { name = "Robert", email = bob.Email.ToUpperInvariant() }))
            .Must(HttpStatusCode.OK);
        Assert.Equal("Robert", changed.Attribute("name").GetString());
        Assert.Equal("Builder", changed.Attribute("title").GetString());
        changed = (await admin.ChangeUserAsync(bob.Id, new { name = (string?)null })).Must(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, changed.Attribute("name").ValueKind);
        (await admin.ChangeUserAsync(bob.Id, new { name = new string('x', 55) })).Must(HttpStatusCode.OK);
        (await admin.ChangeUserAsync(bob.Id, new { name = new string('x', 56) })).Must(HttpStatusCode.BadRequest);
        (await admin.ChangeUserAsync(bob.Id, new { name = "a<b" })).Must(HttpStatusCode.BadRequest);
        (await admin.ChangeUserAsync(bob.Id, new { disabled = "yes" })).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_name_from_before_there_was_a_limit_stands_in_the_way_of_nothing()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var name = $"<Bob> {new string('x', 55)}";
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", name);
        var changed = (await admin.ChangeUserAsync(bob.Id, new { title = "Builder", disabled = true })).Must(HttpStatusCode.OK);
        Assert.Equal(name, changed.Attribute("name").GetString());
        Assert.Equal("Disabled", changed.Attribute("status").GetString());
    }

    [Fact]
    public async Task All_of_a_change_happens_or_none()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob");
        var sent = new { name = "Robert", title = "Boss", email = "other@acme.example", disabled = true };
        (await admin.ChangeUserAsync(bob.Id, sent)).Must(HttpStatusCode.BadRequest);
        var row = await app.UserRowAsync($"{bob.Id}");
        Assert.Equal(("Bob", null, bob.Email, UserStatus.Active), (row.Name, row.Title, row.Email, row.Status));
        Assert.Empty(await app.RowsAsync<AuditEvent>(events => events
            .Where(told => told.OrganizationId == organization.Id && told.Name == "disabled")));
    }

    [Fact]
    public async Task A_body_about_another_user_is_422()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var path = $"{Users}/{organization.Admin.Id}";
        var answer = await admin.PatchAsync(path, "users", $"{Guid.NewGuid()}", new { name = "x" });
        Assert.Equal(
            ["UUID's in the URL and request body do not match"], answer.Must(HttpStatusCode.UnprocessableEntity).Errors);
        (await admin.PatchAsync(path, "roles", $"{organization.Admin.Id}", new { name = "x" })).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_address_of_somebody_pending_can_be_corrected_and_the_old_link_is_dead()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var domain = $"{organization.Slug}.example";
        var eve = await admin.AddPendingAsync($"evve@{domain}");
        (await admin.InviteAsync(eve)).Must(HttpStatusCode.Created);
        var before = await InviteOfAsync(eve);
        var taken = await admin.ChangeUserAsync(eve, new { email = organization.Admin.Email });
        Assert.Equal([$"User {organization.Admin.Email} already exists"], taken.Must(HttpStatusCode.BadRequest).Errors);
        (await admin.ChangeUserAsync(eve, new { email = "no address" })).Must(HttpStatusCode.BadRequest);
        var corrected = (await admin.ChangeUserAsync(eve, new { email = $"eve@{domain}" })).Must(HttpStatusCode.OK);
        Assert.Equal($"eve@{domain}", corrected.Attribute("email").GetString());
        Assert.NotEqual(before.Stamp, (await InviteOfAsync(eve)).Stamp);
        Assert.Contains(await app.EmailsAsync(), letter => letter.Recipient == $"eve@{domain}");

        // Another address is another invite.
        var may = await app.AddWithPermissionsAsync(organization, "may", "user_access_manage");
        var mays = await app.CallerAsync(organization, may);
        (await mays.ChangeUserAsync(eve, new { email = $"mia@{domain}" })).Must(HttpStatusCode.Forbidden);

        async Task<Invite> InviteOfAsync(string id)
        {
            var userId = Id<User>.Parse(id, null);
            return (await app.RowsAsync<Invite>(invites => invites.Where(invite => invite.UserId == userId))).Single();
        }
    }

    [Fact]
    public async Task Disabling_ends_keys_and_enabling_does_not_bring_them_back()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var bobs = await app.CallerAsync(organization, bob);
        var disabled = (await admin.ChangeUserAsync(bob.Id, new { disabled = true })).Must(HttpStatusCode.OK);
        Assert.Equal("Disabled", disabled.Attribute("status").GetString());
        (await admin.ChangeUserAsync(bob.Id, new { disabled = true })).Must(HttpStatusCode.OK);
        (await bobs.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        Assert.Equal("Active", (await admin.ChangeUserAsync(bob.Id, new { disabled = false })).Attribute("status").GetString());
        (await bobs.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        var key = (await app.RowsAsync<ApplicationKey>(keys => keys.Where(key => key.OwnerId == bob.Id))).Single();
        Assert.Equal(RevocationReason.OwnerDisabled, key.RevokedBecause);
    }

    [Fact]
    public async Task Deleting_disables_once_and_is_not_found_the_second_time()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var path = $"{Users}/{bob.Id}";
        var first = (await admin.DeleteAsync(path)).Must(HttpStatusCode.NoContent);
        Assert.Equal("", first.Text);
        Assert.Equal([$"{bob.Id} not found"], (await admin.DeleteAsync(path)).Must(HttpStatusCode.NotFound).Errors);
        Assert.Equal("Disabled", (await admin.GetAsync(path)).Must(HttpStatusCode.OK).Attribute("status").GetString());
    }

    [Fact]
    public async Task Nobody_disables_themselves_nor_the_last_admin()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var may = await app.AddWithPermissionsAsync(organization, "may", "user_access_manage");
        var mays = await app.CallerAsync(organization, may);
        var ann = organization.Admin.Id;
        Refused(await admin.DeleteAsync($"{Users}/{ann}"), "themselves");
        Refused(await admin.ChangeUserAsync(ann, new { disabled = true }), "themselves");
        Refused(await mays.DeleteAsync($"{Users}/{ann}"), "last admin");
        Refused(await mays.ChangeUserAsync(ann, new { disabled = true, name = "x" }), "last admin");
        var row = await app.UserRowAsync($"{ann}");
        Assert.Equal((UserStatus.Active, null), (row.Status, row.Name));

        static void Refused(ApiCaller.Answer answer, string because) =>
            Assert.Contains(because, answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_admins_who_disable_each_other_at_once_one_remains()
    {
        var (ann, organization) = await app.NewOrganizationAsync();
        var zoe = await app.AddPersonAsync(organization, $"zoe@{organization.Slug}.example", role: Role.AdminName);
        var zoes = await app.CallerAsync(organization, zoe);
        var answers = await Task.WhenAll(
            ann.ChangeUserAsync(zoe.Id, new { disabled = true }), zoes.DeleteAsync($"{Users}/{organization.Admin.Id}"));
        Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK or HttpStatusCode.NoContent);
        Assert.Single(await app.RowsAsync<User>(users => users
            .Where(user => user.OrganizationId == organization.Id && user.DisabledAt != null)));
    }

    [Fact]
    public async Task Who_manages_service_accounts_manages_no_person_and_the_other_way_round()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var robot = await admin.AddRobotAsync();
        var bob = $"{(await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example")).Id}";
        var persons = await app.CallerAsync(
            organization, await app.AddWithPermissionsAsync(organization, "may", "user_access_manage"));
        var robots = await app.CallerAsync(
            organization, await app.AddWithPermissionsAsync(organization, "sam", "service_account_write"));
        foreach (var (caller, id, lacking) in new[]
        {
            (persons, robot, "service_account_write"),
            (robots, bob, "user_access_manage"),
        })
        {
            var changed = await caller.ChangeUserAsync(id, new { name = "x" });
            Assert.Contains(lacking, changed.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
            var deleted = await caller.DeleteAsync($"{Users}/{id}");
            Assert.Contains(lacking, deleted.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }

        // Its address is only where to write about it, and may be anybody's.
        var moved = await robots.ChangeUserAsync(robot, new { name = "Robot", email = organization.Admin.Email });
        Assert.Equal(organization.Admin.Email, moved.Must(HttpStatusCode.OK).Attribute("email").GetString());
        (await robots.DeleteAsync($"{Users}/{robot}")).Must(HttpStatusCode.NoContent);
        (await persons.ChangeUserAsync(bob, new { name = "x" })).Must(HttpStatusCode.OK);
        (await persons.DeleteAsync($"{Users}/{bob}")).Must(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task What_Terraform_does_to_a_user_works()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var email = $"tf+user@{organization.Slug}.example";
        var gone = await admin.AddPendingAsync(email);
        (await admin.DeleteAsync($"{Users}/{gone}")).Must(HttpStatusCode.NoContent);
        (await admin.AddUserAsync(new { email })).Must(HttpStatusCode.Conflict);
        var found = (await admin.GetAsync($"{Users}?filter={Uri.EscapeDataString(email)}")).Must(HttpStatusCode.OK);
        var id = Assert.Single(found.Data.EnumerateArray()).GetProperty("id").GetString()!;
        Assert.Equal(gone, id);
        var back = (await admin.ChangeUserAsync(id, new { disabled = false, name = "Tf" })).Must(HttpStatusCode.OK);
        Assert.Equal("Pending", back.Attribute("status").GetString());
        var invitation = (await admin.InviteAsync(id)).Must(HttpStatusCode.Created).Data[0].GetProperty("id").GetString();
        (await admin.GetAsync($"{UserCalls.Invitations}/{invitation}")).Must(HttpStatusCode.OK);
        (await admin.DeleteAsync($"{Users}/{id}")).Must(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"{Users}/{id}")).Must(HttpStatusCode.NotFound);
    }
}
