using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>The organization and what it demands, by Datadog's client.</summary>
public sealed class OrganizationTests(App app, Sdk sdk) : IClassFixture<App>
{
    [Fact]
    public async Task Org_configs_are_listed_read_and_set()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var listed = (await V2Async("listOrgConfigs")).Understood;
        Assert.Equal(
            [
                "security_contacts", "require_second_factor", "admin_only_invites", "30d_invite_expiration", "custom_roles",
                "oauth_client_disallow_list", "domain_allowlist", "enable_domain_allowlist", "monitor_timezone",
            ],
            listed.Names());
        foreach (var (orgConfigName, value) in new (string, object)[]
        {
            ("security_contacts", new[] { "first@sdk.example", "second@sdk.example" }),
            ("custom_roles", false),
            ("domain_allowlist", new[] { "sdk.example" }),
            ("monitor_timezone", "Europe/Berlin"),
        })
        {
            var set = (await SetAsync(orgConfigName, value)).Understood;
            Assert.Equal(JsonSerializer.Serialize(value), set.Attribute("value").GetRawText());
            Assert.Equal(JsonValueKind.String, set.Attribute("modifiedAt").ValueKind);
            var read = (await V2Async("getOrgConfig", new { orgConfigName })).Understood;
            Assert.Equal(set.Id(), read.Id());
            Assert.Equal(set.Attribute("value").GetRawText(), read.Attribute("value").GetRawText());
        }

        Assert.Equal(
            ["OrgConfig: i_dont_exist not found"],
            (await V2Async("getOrgConfig", new { orgConfigName = "i_dont_exist" })).Refused(404));
        (await SetAsync("i_dont_exist", true)).Refused(404);
        Assert.Equal(
            ["The value provided for parameter 'OrgConfig: not-a-boolean' is invalid"],
            (await SetAsync("custom_roles", "not-a-boolean")).Refused(400));
        var standard = await stage.StandardAsync();
        Assert.Equal(
            listed.Names(),
            (await sdk.CallAsync(standard, "v2", "OrganizationsApi", "listOrgConfigs")).Understood.Names());
        (await SetAsync("custom_roles", true, standard)).Refused(403);

        Task<Sdk.Outcome> SetAsync(string orgConfigName, object value, Sdk.Connection? by = null) => sdk.CallAsync(
            by ?? stage.Admin,
            "v2",
            "OrganizationsApi",
            "updateOrgConfig",
            new { orgConfigName, body = Document.New("org_configs", new { value }) });

        Task<Sdk.Outcome> V2Async(string method, object? parameters = null) =>
            sdk.CallAsync(stage.Admin, "v2", "OrganizationsApi", method, parameters);
    }

    [Fact]
    public async Task The_organization_is_listed_read_and_renamed_and_no_other_is_made()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var publicId = stage.Organization.Slug;
        var all = (await V1Async("listOrgs")).Understood.GetProperty("orgs");
        Assert.Equal(publicId, Assert.Single(all.EnumerateArray()).GetProperty("publicId").GetString());
        var renamed = (await V1Async("updateOrg", new
        {
            publicId,
            body = new { name = "Renamed by the SDK", settings = new { privateWidgetShare = false } },
        })).Understood;
        Assert.Equal("Renamed by the SDK", renamed.GetProperty("org").GetProperty("name").GetString());
        var read = (await V1Async("getOrg", new { publicId })).Understood.GetProperty("org");
        Assert.Equal("Renamed by the SDK", read.GetProperty("name").GetString());
        Assert.False(read.GetProperty("settings").GetProperty("saml").GetProperty("enabled").GetBoolean());
        (await V1Async("updateOrg", new { publicId, body = new { name = new string('n', 33) } })).Refused(400);
        Assert.Equal(404, (await V1Async("getOrg", new { publicId = "nowhere" })).Code);
        (await V1Async("createChildOrg", new { body = new { name = "Child" } })).Refused(403);

        var v2 = (await sdk.CallAsync(stage.Admin, "v2", "OrganizationsApi", "listOrgs", new { filterName = "sdk" })).Understood;
        Assert.Equal($"{stage.Organization.Id}", v2.Id());
        Assert.Single(v2.GetProperty("data").GetProperty("relationships").GetProperty("managedOrgs").GetProperty("data")
            .EnumerateArray());
        Assert.Equal(
            "Renamed by the SDK",
            v2.GetProperty("included")[0].GetProperty("attributes").GetProperty("name").GetString());

        Task<Sdk.Outcome> V1Async(string method, object? parameters = null) =>
            sdk.CallAsync(stage.Admin, "v1", "OrganizationsApi", method, parameters);
    }

    [Fact]
    public async Task The_organization_is_disabled_with_the_credential_that_asked()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var other = await Stage.SetAsync(app, sdk);
        Assert.Equal(400, (await DisableAsync(other.Organization)).Code);
        var done = (await DisableAsync(stage.Organization)).Understood;
        Assert.Equal($"{stage.Organization.Id}", done.Id());
        Assert.Equal("disabled", done.Attribute("status").GetString());
        Assert.Contains("disabled", (await stage.KeysAsync("listAPIKeys")).Refused(403)[0], StringComparison.Ordinal);
        Assert.Single((await other.KeysAsync("listAPIKeys")).Understood.Names());

        Task<Sdk.Outcome> DisableAsync(TestOrganization organization) => sdk.CallAsync(
            stage.Admin,
            "v2",
            "CustomerOrgApi",
            "disableCustomerOrg",
            new { body = Document.New("customer_org_disable", new { orgUuid = $"{organization.Id}" }) });
    }
}
