using System.Net;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>The list of roles, and how one is made from nothing or from another.</summary>
public sealed class RolesPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task The_list_tells_what_kind_each_is_and_how_many_hold_it()
    {
        var organization = await stage.CreateOrganizationAsync("Listed roles");
        await stage.AddPersonAsync(organization, "bob@listed-roles.example");
        await stage.AddPersonAsync(organization, "eve@listed-roles.example");
        var gone = await stage.AddPersonAsync(organization, "gone@listed-roles.example");
        await Tokens.DisableAsync(stage, organization, gone.Id);
        await Tokens.ServiceAccountAsync(stage, organization);
        await AddRolesAsync(organization, "Duty");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.Settings("roles"));
        var rows = page.QuerySelectorAll("tr[data-role]")
            .Select(row => string.Join('|', row.QuerySelectorAll("td").Select(cell => cell.TextContent.Trim())))
            .ToList();
        Assert.Equal(4, rows.Count);
        Assert.Contains($"{Role.StandardName}|Managed|214|2|1", rows);
        Assert.Contains(rows, row => row.StartsWith($"{Role.AdminName}|Managed, makes admins|", StringComparison.Ordinal));
        Assert.Equal("Duty|Custom, makes admins|1|0|0", rows[^1]);
        Assert.NotNull(page.QuerySelector($"a[href='{organization.Settings("roles/new")}']"));
    }

    [Fact]
    public async Task Many_roles_come_in_pages_that_cost_what_few_do()
    {
        var organization = await stage.CreateOrganizationAsync("Many roles");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var few = await CredentialStage.CostAsync(admin, organization.Settings("roles"));
        await AddRolesAsync(organization, [.. Enumerable.Range(0, 60).Select(number => $"Role {number}")]);
        Assert.Equal(few, await CredentialStage.CostAsync(admin, organization.Settings("roles")));
        Assert.InRange(few, 1, 6);
        var first = await admin.PageAsync(organization.Settings("roles"));
        var second = await admin.PageAsync(first.QuerySelector("a[href*='after=']")!.GetAttribute("href")!);
        Assert.Null(second.QuerySelector("a[href*='after=']"));
        string[] all = [.. first.QuerySelectorAll("tr[data-role]").Concat(second.QuerySelectorAll("tr[data-role]"))
            .Select(row => row.GetAttribute("data-role")!)];
        Assert.Equal((50, 63, 63), (first.QuerySelectorAll("tr[data-role]").Length, all.Length, all.Distinct().Count()));
    }

    [Fact]
    public async Task A_role_is_made_from_nothing_with_the_restricted_permissions_unless_they_are_unticked()
    {
        var organization = await stage.CreateOrganizationAsync("Made roles");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings("roles/new");
        using var made = await admin.PostFormAsync(
            page, "Create role", ("name", "On call"), ("permissions", "api_keys_read"), ("receivesFrom", Role.StandardName));
        var role = await RoleAsync(organization, "On call");
        Assert.Equal(PermissionCatalogue.Restricted.Prepend("api_keys_read").Order(), role.Permissions.Order());
        Assert.Equal([Role.StandardName], role.ReceivesPermissionsFrom);
        Assert.Equal(organization.Settings($"roles/{role.Id}"), made.Headers.Location!.ToString());
        Assert.Equal(
            "Created the role “On call”. Nobody holds it yet: give it to people on their pages.", await admin.DoneAsync(made));

        using var minimal = await admin.PostFormAsync(
            page, "Create role", ("name", "Minimal"), ("permissions", "user_access_read"), ("addRestricted", "false"));
        Assert.Equal(["user_access_read"], (await RoleAsync(organization, "Minimal")).Permissions);

        // The name is taken: what was typed and ticked is still there.
        using var taken = await admin.PostFormAsync(
            page, "Create role", ("name", "Minimal"), ("permissions", "api_keys_write"), ("addRestricted", "false"));
        Assert.Contains(
            "a role “Minimal” already", await taken.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        var kept = await taken.ReadAsync();
        Assert.Equal("Minimal", kept.QuerySelector("#name")!.GetAttribute("value"));
        Assert.Equal(["api_keys_write"], kept.Ticked());
        Assert.False(kept.QuerySelector("input[name=addRestricted]")!.HasAttribute("checked"));
    }

    [Fact]
    public async Task Any_role_is_cloned_and_the_copy_can_be_changed_at_once()
    {
        var organization = await stage.CreateOrganizationAsync("Cloned roles");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var standard = await RoleAsync(organization, Role.StandardName);
        var page = (await admin.PageAsync(organization.Settings($"roles/{standard.Id}")))
            .QuerySelectorAll("main a").Single(link => link.TextContent == "Clone").GetAttribute("href")!;
        var shown = await admin.PageAsync(page);
        Assert.Equal("Copy of Datadog Standard Role", shown.QuerySelector("#name")!.GetAttribute("value"));
        Assert.Equal(standard.Permissions.Order(), shown.Ticked().Order());

        // What the search hides stays ticked.
        using var found = await admin.PostFormAsync(page, "Search", ("name", "Mine"), ("search", "api_keys"));
        var narrowed = await found.ReadAsync();
        Assert.Equal("Mine", narrowed.QuerySelector("#name")!.GetAttribute("value"));
        Assert.Equal(
            ["api_keys_read", "api_keys_write", "api_keys_delete"],
            narrowed.QuerySelectorAll("input[type=checkbox][name=permissions]").Select(box => box.GetAttribute("value")!));
        Assert.Equal(standard.Permissions.Order(), narrowed.Ticked().Order());

        using var made = await admin.PostFormAsync(page, "Create role", ("name", "Mine"));
        Assert.Equal(HttpStatusCode.Redirect, made.StatusCode);
        Assert.Equal(standard.Permissions.Order(), (await RoleAsync(organization, "Mine")).Permissions.Order());
        using var nobody = await admin.GetAsync(organization.Settings($"roles/new?from={organization.Admin.Id}"));
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Fact]
    public async Task Who_may_only_see_roles_is_offered_nothing_and_can_force_nothing()
    {
        var organization = await stage.CreateOrganizationAsync("Seen roles");
        await AddRolesAsync(organization, "Duty");
        var duty = organization.Settings($"roles/{(await RoleAsync(organization, "Duty")).Id}");
        using var reader = await stage.SignedInAsync(
            await stage.AddPersonAsync(organization, "bob@seen-roles.example", role: Role.ReadOnlyName));
        Assert.Empty((await reader.PageAsync(organization.Settings("roles"))).Buttons());
        var page = await reader.PageAsync(duty);
        Assert.Empty(page.Buttons());
        Assert.Contains("org_management", page.QuerySelector("[data-group]")!.TextContent, StringComparison.Ordinal);
        foreach (var action in new[] { "", "?handler=Preview", "?handler=Delete" })
        {
            using var forced = await reader.ForceAsync(duty, duty + action, ("name", "Mine"));
            Assert.Contains(
                "user_access_manage", await forced.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        }

        using var making = await reader.GetAsync(organization.Settings("roles/new"));
        Assert.Equal(HttpStatusCode.Forbidden, making.StatusCode);
        Assert.Equal([Permission.OrgManagement], (await RoleAsync(organization, "Duty")).Permissions);
    }

    private Task AddRolesAsync(TestOrganization organization, params string[] names) => stage.InScopeAsync(async db =>
    {
        foreach (var (number, name) in names.Index())
        {
            db.Add(new Role(
                organization.Id, name, [Permission.OrgManagement], managed: false, stage.Now.AddSeconds(number / 2 + 1)));
        }

        await db.SaveChangesAsync();
    });

    private async Task<Role> RoleAsync(TestOrganization organization, string name) => Assert.Single(
        await stage.RowsAsync<Role>(all => all.Where(row => row.OrganizationId == organization.Id && row.Name == name)));
}

/// <summary>What is read off pages about roles.</summary>
internal static class RolePages
{
    /// <summary>The permissions that a form would send.</summary>
    public static IEnumerable<string> Ticked(this AngleSharp.Html.Dom.IHtmlDocument page) => page
        .QuerySelectorAll("input[name=permissions]")
        .Where(input => input.GetAttribute("type") == "hidden" || input.HasAttribute("checked"))
        .Select(input => input.GetAttribute("value")!);
}
