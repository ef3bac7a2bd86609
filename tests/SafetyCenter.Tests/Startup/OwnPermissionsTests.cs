using System.Net;
using System.Runtime.Versioning;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Startup;

/// <summary>
/// The operator adds permissions to the catalogue, and the roles of all organizations follow when the program starts.
/// </summary>
[UnsupportedOSPlatform("windows")]
[Collection(Processes.Name)]
public sealed class OwnPermissionsTests(App app, KeptFolder folder) : IClassFixture<App>, IClassFixture<KeptFolder>
{
    private const string File = """
        [{"id": "4b0c7e1c-9f1e-4d43-8f1e-0b6a3d3c9a11", "name": "billing_export", "display_name": "Billing Export",
          "group_name": "Acme", "display_type": "write", "default_role": "Standard", "restricted": true}]
        """;

    [Fact]
    public async Task Managed_roles_and_those_that_receive_from_them_get_what_the_catalogue_gained_and_nothing_else()
    {
        var organization = await app.CreateOrganizationAsync("Grown");
        await app.InScopeAsync(async db =>
        {
            db.AddRange(
                Role.Custom(organization.Id, "Receives", ["api_keys_read"], false, [Role.StandardName, Role.AdminName], app.Now),
                Role.Custom(organization.Id, "Reads", ["api_keys_read"], false, [Role.ReadOnlyName], app.Now),
                Role.Custom(organization.Id, "Stays", ["api_keys_read"], false, [], app.Now));
            await db.SaveChangesAsync();
        });
        var grown = OwnPermissions.AddTo(PermissionCatalogue.All, File);
        var before = await RolesAsync(organization);
        Assert.Empty(await app.EventsOfAsync(organization, () => BringUpAsync(PermissionCatalogue.All)));
        AssertAlike(before, await RolesAsync(organization));

        var told = Assert.Single(await app.EventsOfAsync(organization, () => BringUpAsync(grown)));
        Assert.Equal(("role", "Receives"), (told.AssetType, told.AssetName));
        Assert.Equal(
            ("[\"api_keys_read\"]", "[\"api_keys_read\", \"billing_export\"]"), told.BeforeAndAfter("permissions"));
        var after = await RolesAsync(organization);
        string[] gained = [Role.AdminName, Role.StandardName, "Receives"];
        Assert.Equal(gained, after.Values.Where(role => role.Permissions.Contains("billing_export")).Select(role => role.Name));
        Assert.All(after.Values, role => Assert.Equal(
            before[role.Name].Permissions, role.Permissions.Where(permission => permission != "billing_export")));
        Assert.Equal(
            gained,
            after.Values.Where(role => role.ModifiedAt != before[role.Name].ModifiedAt).Select(role => role.Name));

        // Again, and with a catalogue that has lost it: nothing is added twice, and nothing is taken away.
        Assert.Empty(await app.EventsOfAsync(organization, () => BringUpAsync(grown)));
        Assert.Empty(await app.EventsOfAsync(organization, () => BringUpAsync(PermissionCatalogue.All)));
        AssertAlike(after, await RolesAsync(organization));
    }

    [Fact]
    public async Task A_start_with_the_file_serves_its_permissions_and_gives_them_to_the_roles()
    {
        var (name, organization) = (Path.Combine(folder.Path, "own.json"), await app.CreateOrganizationAsync("Served"));
        await System.IO.File.WriteAllTextAsync(name, File);
        await using var served = await RunningApp.StartAsync(
            folder.Path,
            ("ConnectionStrings__SafetyCenter", app.ConnectionString),
            ("Demo__Enabled", "false"),
            ("Permissions__File", name));
        using var client = served.NewClient();
        client.DefaultRequestHeaders.Add("DD-API-KEY", organization.ApiKey.Secret);
        client.DefaultRequestHeaders.Add("DD-APPLICATION-KEY", organization.ApplicationKey.Secret);
        using var answer = await client.GetAsync("/api/v2/permissions");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var document = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var all = document.RootElement.GetProperty("data");
        Assert.Equal(301, all.GetArrayLength());
        Assert.Equal("billing_export", all[300].GetProperty("attributes").GetProperty("name").GetString());
        Assert.Contains("billing_export", (await RolesAsync(organization))[Role.StandardName].Permissions);
    }

    [Fact]
    public async Task A_file_that_cannot_be_stops_the_start_with_a_sentence()
    {
        var name = Path.Combine(folder.Path, "bad.json");
        var missing = await InProcessProgram.RunAsync(folder.Path, [], ("Permissions:File", name));
        missing.IsRefusal("Permissions:File", "bad.json");
        await System.IO.File.WriteAllTextAsync(name, File.Replace("billing_export", "api_keys_read"));
        var taken = await InProcessProgram.RunAsync(folder.Path, [], ("Permissions:File", name));
        taken.IsRefusal("Permissions:File", "the name “api_keys_read” is there already");
        Assert.Single(taken.Errors.TrimEnd('\n').Split('\n'));
    }

    private Task<int> BringUpAsync(IReadOnlyList<PermissionCatalogue.Entry> catalogue) => app.InScopeAsync(
        (SafetyCenterDb db) => ManagedRoles.BringUpAsync(db, catalogue, app.Now, CancellationToken.None));

    private async Task<SortedDictionary<string, Role>> RolesAsync(TestOrganization organization) => new(
        (await app.RowsAsync<Role>(all => all.Where(role => role.OrganizationId == organization.Id)))
            .ToDictionary(role => role.Name),
        StringComparer.Ordinal);

    private static void AssertAlike(SortedDictionary<string, Role> before, SortedDictionary<string, Role> after) =>
        Assert.All(after.Values, role => Assert.Equal(
            (before[role.Name].ModifiedAt, string.Join(' ', before[role.Name].Permissions)),
            (role.ModifiedAt, string.Join(' ', role.Permissions))));
}
