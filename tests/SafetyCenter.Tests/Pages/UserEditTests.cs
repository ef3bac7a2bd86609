using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>A user's page: name, title, address, invite and roles, for who may change them and for who may only look.</summary>
public sealed class UserEditTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task Name_and_title_are_saved_and_what_cannot_be_a_name_stays_in_its_field()
    {
        var organization = await stage.CreateOrganizationAsync("Names");
        var bob = await stage.AddPersonAsync(organization, "bob@names.example", "Bob");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"users/{bob.Id}");
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        using var saved = await admin.PostFormAsync(
            page, "Change name and title", ("name", " Robert "), ("title", "Builder"));
        Assert.Contains("Robert", await admin.DoneAsync(saved), StringComparison.Ordinal);
        var row = await UserAsync(bob.Id);
        Assert.Equal(("Robert", "Builder", stage.Now), (row.Name, row.Title, row.ModifiedAt));

        var tooLong = new string('x', 56);
        using var refused = await admin.PostFormAsync(page, "Change name and title", ("name", tooLong));
        Assert.Contains("at most 55", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal(tooLong, (await refused.ReadAsync()).QuerySelector("#name")!.GetAttribute("value"));
        using var angled = await admin.PostFormAsync(page, "Change name and title", ("name", "<b>Bob</b>"));
        Assert.Contains("angle brackets", await angled.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var none = await admin.PostFormAsync(page, "Change name and title", ("name", ""), ("title", ""));
        await admin.DoneAsync(none);
        row = await UserAsync(bob.Id);
        Assert.Equal((null, null), (row.Name, row.Title));
    }

    [Fact]
    public async Task Who_may_only_look_sees_no_forms_but_their_own_name_and_changes_nobody()
    {
        var organization = await stage.CreateOrganizationAsync("Looking");
        var bob = await stage.AddPersonAsync(organization, "bob@looking.example", "Bob");
        using var client = await stage.SignedInAsync(bob);
        var others = organization.Settings($"users/{organization.Admin.Id}");
        var own = organization.Settings($"users/{bob.Id}");
        Assert.Empty((await client.PageAsync(others)).Buttons());
        Assert.Equal(["Change name and title"], (await client.PageAsync(own)).Buttons());
        using var saved = await client.PostFormAsync(own, "Change name and title", ("name", "Bobby"));
        await client.DoneAsync(saved);
        Assert.Equal("Bobby", (await UserAsync(bob.Id)).Name);

        var admins = await RoleAsync(organization, Role.AdminName);
        (string Address, string Field, string Value)[] acts =
        [
            (others + "?handler=Describe", "name", "Mallory"), (own, "roles", $"{admins}"), (others, "roles", $"{admins}"),
            (own + "?handler=Disable", "", ""), (others + "?handler=Enable", "", ""),
            (others + "?handler=Address", "email", "m@looking.example"),
        ];
        foreach (var (address, field, value) in acts)
        {
            using var answer = await client.ForceAsync(own, address, (field, value));
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{address} answered {(int)answer.StatusCode}");
        }

        Assert.Null((await UserAsync(organization.Admin.Id)).Name);
        var row = await UserAsync(bob.Id);
        Assert.Equal([Role.StandardName], row.Roles.Select(role => role.Name));
        Assert.Null(row.DisabledAt);
    }

    [Fact]
    public async Task Somebody_whom_the_list_would_not_tell_of_is_not_shown_either()
    {
        var organization = await stage.CreateOrganizationAsync("Unseen");
        var keeper = await stage.AddPersonWhoMayAsync(organization, Permission.ServiceAccountWrite);
        var bob = await stage.AddPersonAsync(organization, "bob@unseen.example");
        using var client = await stage.SignedInAsync(keeper);
        using var person = await client.GetAsync(organization.Settings($"users/{bob.Id}"));
        Assert.Equal(HttpStatusCode.Forbidden, person.StatusCode);
        Assert.DoesNotContain(bob.Email, await person.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_address_of_who_has_not_come_kills_the_link_that_went_to_the_old_one()
    {
        var organization = await stage.CreateOrganizationAsync("Slips");
        var id = await InviteAsync(organization, "gus@slipps.example");
        var old = await LinkAsync(id);
        var first = Assert.Single(await EmailsToAsync("gus@slipps.example"));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"users/{id}");
        using var refused = await admin.PostFormAsync(page, "Change address", ("email", organization.Admin.Email));
        Assert.Contains("already", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var odd = await admin.PostFormAsync(page, "Change address", ("email", "gus@slips.example\r\nBcc: x@y.example"));
        Assert.Contains("not an e-mail", await odd.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using (var unchanged = await stage.Visitor.GetAsync(old))
        {
            Assert.Equal(HttpStatusCode.OK, unchanged.StatusCode);
        }

        using var changed = await admin.PostFormAsync(page, "Change address", ("email", "Gus+1@Slips.example"));
        Assert.Contains("gus+1@slips.example", await admin.DoneAsync(changed), StringComparison.Ordinal);
        using var dead = await stage.Visitor.GetAsync(old);
        Assert.Equal(HttpStatusCode.NotFound, dead.StatusCode);
        using var alive = await stage.Visitor.GetAsync(await LinkAsync(id));
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        var second = Assert.Single(await EmailsToAsync("gus+1@slips.example"));

        // Had the first email waited for a mail server, it would hold the new link.
        await stage.InScopeAsync(async services =>
        {
            var composer = services.GetRequiredService<EmailComposer>();
            Assert.Null(await composer.ComposeAsync(first, CancellationToken.None));
            Assert.NotNull(await composer.ComposeAsync(second, CancellationToken.None));
            return true;
        });
    }

    [Fact]
    public async Task The_address_of_who_has_come_is_theirs_alone()
    {
        var organization = await stage.CreateOrganizationAsync("Theirs");
        var bob = await stage.AddPersonAsync(organization, "bob@theirs.example");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"users/{bob.Id}");
        Assert.DoesNotContain("Change address", (await admin.PageAsync(page)).Buttons());
        using var forced = await admin.ForceAsync(page, page + "?handler=Address", ("email", "x@theirs.example"));
        Assert.Contains("cannot be changed", await forced.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal("bob@theirs.example", (await UserAsync(bob.Id)).Email);
    }

    [Fact]
    public async Task Where_admins_alone_invite_nobody_else_sends_an_invite_elsewhere()
    {
        var organization = await stage.CreateOrganizationAsync("Closed doors");
        var id = await InviteAsync(organization, "gus@closed.example");
        var manager = await stage.AddPersonWhoMayAsync(
            organization, Permission.UserAccessManage, Permission.UserAccessInvite);
        await SetPolicyAsync(organization, policies => policies.AdminOnlyInvites = true);
        using var client = await stage.SignedInAsync(manager);
        var page = organization.Settings($"users/{id}");
        Assert.DoesNotContain("Resend", (await client.PageAsync(page)).Buttons());
        using var refused = await client.PostFormAsync(page, "Change address", ("email", "mallory@closed.example"));
        Assert.Contains("may invite", await refused.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Equal("gus@closed.example", (await UserAsync(id)).Email);

        await SetPolicyAsync(organization, policies =>
        {
            policies.AdminOnlyInvites = false;
            policies.AllowDomains(["closed.example"]);
            policies.EnforcesAllowedDomains = true;
        });
        Assert.Contains("Resend", (await client.PageAsync(page)).Buttons());
        using var outside = await client.PostFormAsync(page, "Change address", ("email", "gus@open.example"));
        Assert.Contains("this domain", await outside.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_are_previewed_with_what_is_gained_and_lost_before_they_are_saved()
    {
        var organization = await stage.CreateOrganizationAsync("Preview");
        var bob = await stage.AddPersonAsync(organization, "bob@preview.example", "Bob");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"users/{bob.Id}");
        var (admins, readers) = (await RoleAsync(organization, Role.AdminName), await RoleAsync(organization, Role.ReadOnlyName));
        Assert.Null((await admin.PageAsync(page)).QuerySelector("[data-effect]"));

        using var up = await admin.PostFormAsync(page, "Preview", ("roles", $"{admins}"));
        var effect = (await up.ReadAsync()).TextOf("[data-effect]");
        Assert.Matches(@"Bob gains org_management \(\+\d+ more\), and loses nothing\.", effect);
        Assert.Contains("api_keys_delete", effect, StringComparison.Ordinal);
        Assert.NotNull((await up.ReadAsync()).QuerySelector($"[value='{admins}'][checked]"));
        using var down = await admin.PostFormAsync(page, "Preview", ("roles", $"{readers}"));
        Assert.Matches(@"gains nothing, and loses \w+ \(\+\d+ more\)", (await down.ReadAsync()).TextOf("[data-effect]"));
        Assert.DoesNotContain("org_management", (await down.ReadAsync()).TextOf("[data-effect]"), StringComparison.Ordinal);
        Assert.Equal([Role.StandardName], (await UserAsync(bob.Id)).Roles.Select(role => role.Name));

        using var none = await admin.ForceAsync(page, page);
        Assert.Contains("at least one role", await none.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var saved = await admin.PostFormAsync(page, "Save", ("roles", $"{readers}"));
        await admin.DoneAsync(saved);
        Assert.Equal([Role.ReadOnlyName], (await UserAsync(bob.Id)).Roles.Select(role => role.Name));
    }

    [Fact]
    public async Task Who_is_enabled_without_ever_having_come_is_sent_an_invite_from_their_page()
    {
        var organization = await stage.CreateOrganizationAsync("Again");
        var id = await InviteAsync(organization, "gus@again.example");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"users/{id}");
        Assert.Contains(await StateAsync(), new[] { "Queued", "Sent" });
        var old = await LinkAsync(id);
        using var disabled = await admin.PostFormAsync(page, "Disable");
        await admin.DoneAsync(disabled);
        using (var dead = await stage.Visitor.GetAsync(old))
        {
            Assert.Equal(HttpStatusCode.NotFound, dead.StatusCode);
        }

        using var enabled = await admin.PostFormAsync(page, "Enable");
        Assert.Contains("never come", await admin.DoneAsync(enabled), StringComparison.Ordinal);
        Assert.Equal("None", await StateAsync());
        using var sent = await admin.PostFormAsync(page, "Send invite");
        Assert.Contains("on its way to gus@again.example", await admin.DoneAsync(sent), StringComparison.Ordinal);
        using var alive = await stage.Visitor.GetAsync(await LinkAsync(id));
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        using var resent = await admin.PostFormAsync(page, "Resend");
        await admin.DoneAsync(resent);
        Assert.Equal(2, Assert.Single(await OpenInvitesAsync(id)).TimesSent);
        stage.Time.Jump(TimeSpan.FromDays(3));
        await admin.SignInAsync(organization.Admin.Email, organization.Admin.Password);
        Assert.Equal("Expired", await StateAsync());

        async Task<string?> StateAsync() =>
            (await admin.PageAsync(page)).QuerySelector("[data-invite]")!.GetAttribute("data-invite");
    }

    private async Task<User> UserAsync(Id<User> id) =>
        Assert.Single(await stage.RowsAsync<User>(all => all.Include(user => user.Roles).Where(user => user.Id == id)));

    private async Task<Id<Role>> RoleAsync(TestOrganization organization, string name) => Assert.Single(
        await stage.RowsAsync<Role>(all => all.Where(role => role.OrganizationId == organization.Id && role.Name == name))).Id;

    private Task<List<Invite>> OpenInvitesAsync(Id<User> id) =>
        stage.RowsAsync<Invite>(all => all.Open().Where(invite => invite.UserId == id));

    private Task<List<Email>> EmailsToAsync(string address) =>
        stage.RowsAsync<Email>(all => all.Where(email => email.Recipient == address));

    private async Task<Id<User>> InviteAsync(TestOrganization organization, string address)
    {
        var standard = await RoleAsync(organization, Role.StandardName);
        var user = await stage.ActAsync(organization, (db, actor, _) => Inviting.AddPendingAsync(
            db, actor, address, name: null, title: null, [standard], stage.Now, CancellationToken.None));
        await stage.ActAsync(organization, (db, actor, _) => Inviting.SendAsync(
            db, actor, [user.Id], stage.Now, CancellationToken.None));
        return user.Id;
    }

    private async Task<string> LinkAsync(Id<User> id)
    {
        var invite = Assert.Single(await OpenInvitesAsync(id));
        return new Uri(await stage.InScopeAsync(
            services => Task.FromResult(services.GetRequiredService<EmailLinks>().ToAccept(invite)))).PathAndQuery;
    }

    private Task SetPolicyAsync(TestOrganization organization, Action<Policies> set) => stage.InScopeAsync(async db =>
    {
        (await db.Organizations.SingleAsync(row => row.Id == organization.Id)).SetPolicy("any", set, stage.Now);
        await db.SaveChangesAsync();
    });
}
