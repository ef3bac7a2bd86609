using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Api;

/// <summary>An organization's policies and security contacts, as programs read and set them.</summary>
public sealed class OrgConfigsApiTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    private const string Path = "/api/v2/org_configs";
    private const string Type = "org_configs";

    // With Datadog's defaults and types.
    private static readonly string[] All =
    [
        "security_contacts security_contacts_list []",
        "require_second_factor bool false",
        "admin_only_invites bool false",
        "30d_invite_expiration bool false",
        "custom_roles bool true",
        "oauth_client_disallow_list list []",
        "domain_allowlist email_domain_list []",
        "enable_domain_allowlist bool false",
        "monitor_timezone enum \"UTC\"",
    ];

    [Fact]
    public async Task Anybody_in_the_organization_reads_them_all_with_ids_that_stay_and_nobody_has_set_one_yet()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var reader = await stage.AddPersonAsync(organization, $"eve@{organization.Slug}.example", role: Role.ReadOnlyName);
        var caller = await stage.CallerAsync(organization, reader);
        var listed = (await caller.GetAsync(Path)).Must(HttpStatusCode.OK).Data.EnumerateArray().ToList();
        Assert.Equal(All, listed.Select(config =>
        {
            var attributes = config.GetProperty("attributes");
            Assert.Equal(JsonValueKind.Null, attributes.GetProperty("modified_at").ValueKind);
            Assert.NotEmpty(attributes.GetProperty("description").GetString()!);
            return $"{attributes.GetProperty("name")} {attributes.GetProperty("value_type")} "
                + attributes.GetProperty("value").GetRawText();
        }));

        var ids = listed.Select(config => config.GetProperty("id").GetGuid()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids, await IdsAsync(admin));
        var (stranger, _) = await stage.NewOrganizationAsync();
        Assert.Empty(ids.Intersect(await IdsAsync(stranger)));
        var one = (await caller.GetAsync($"{Path}/custom_roles")).Must(HttpStatusCode.OK);
        Assert.Equal($"{ids[4]}", one.Id);
        Assert.Equal(Type, one.Data.GetProperty("type").GetString());

        static async Task<List<Guid>> IdsAsync(ApiCaller caller) =>
            [.. (await caller.GetAsync(Path)).Data.EnumerateArray().Select(config => config.GetProperty("id").GetGuid())];
    }

    [Theory]
    [InlineData("require_second_factor", "true", "true", nameof(Policies.RequiresSecondFactor))]
    [InlineData("admin_only_invites", "true", "true", nameof(Policies.AdminOnlyInvites))]
    [InlineData("30d_invite_expiration", "true", "true", nameof(Policies.HasLongInvites))]
    [InlineData("custom_roles", "false", "false", nameof(Policies.AllowsCustomRoles))]
    [InlineData("enable_domain_allowlist", "true", "true", nameof(Policies.EnforcesAllowedDomains))]
    [InlineData("monitor_timezone", "\"Europe/Berlin\"", "\"Europe/Berlin\"", nameof(Policies.MonitorTimezone))]
    [InlineData(
        "oauth_client_disallow_list", "[\"b\",\"a\",\"b\"]", "[\"b\",\"a\"]", nameof(Policies.DisallowedOAuthClients))]
    [InlineData(
        "domain_allowlist", "[\"@Acme.example\",\"acme.example\",\"b.example\"]", "[\"acme.example\",\"b.example\"]",
        nameof(Policies.AllowedDomains))]
    public async Task What_an_admin_sets_is_kept_and_dated_and_told_and_nothing_else_changes(
        string name, string sent, string kept, string property)
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var (others, _) = await stage.NewOrganizationAsync();
        var before = await ValuesAsync(admin);
        var answer = (await SetAsync(admin, name, sent)).Must(HttpStatusCode.OK);
        Assert.Equal(kept, answer.Attribute("value").GetRawText());
        Assert.Equal(stage.Now, answer.Attribute("modified_at").GetDateTimeOffset());
        var after = await ValuesAsync(admin);
        Assert.Equal(kept, after[name]);
        Assert.Equal(before.Where(config => config.Key != name), after.Where(config => config.Key != name));
        Assert.Equal(before, await ValuesAsync(others));

        var row = Assert.Single(await stage.RowsAsync<Organization>(all => all.Where(row => row.Id == organization.Id)));
        Assert.Equal(kept, JsonSerializer.Serialize(typeof(Policies).GetProperty(property)!.GetValue(row.Policies)));
        var told = Assert.Single(await stage.RowsAsync<AuditEvent>(events => events
            .Where(change => change.OrganizationId == organization.Id && change.Name == "policies_changed")));
        Assert.Equal(organization.Admin.Email, told.ActorName);
    }

    [Theory]
    [InlineData("custom_roles", "\"not-a-boolean\"", "The value provided for parameter 'OrgConfig: not-a-boolean' is invalid")]
    [InlineData("custom_roles", "1", "The value provided for parameter 'OrgConfig: 1' is invalid")]
    [InlineData("custom_roles", "null", "The value provided for parameter 'OrgConfig: null' is invalid")]
    [InlineData("security_contacts", "\"a@b.example\"", "The value provided for parameter 'OrgConfig: a@b.example' is invalid")]
    [InlineData("security_contacts", "[1]", "The value provided for parameter 'OrgConfig: [1]' is invalid")]
    [InlineData("monitor_timezone", "[]", "The value provided for parameter 'OrgConfig: []' is invalid")]
    [InlineData("monitor_timezone", "\"\\ud800\"", "The value provided for parameter 'OrgConfig: \\ud800' is invalid")]
    [InlineData("domain_allowlist", "{}", "The value provided for parameter 'OrgConfig: {}' is invalid")]
    [InlineData("monitor_timezone", "\"Mars/Olympus\"", "There is no time zone “Mars/Olympus”.")]
    [InlineData("domain_allowlist", "[\"not a domain\"]", "“not a domain” is not a domain.")]
    [InlineData("oauth_client_disallow_list", "[\" \"]", "Client id cannot be blank.")]
    [InlineData(
        "security_contacts", "[\"a@b.example\",\"c@b.example\",\"d@b.example\"]",
        "There can be two security contacts: a primary and a secondary one.")]
    [InlineData(
        "security_contacts", "[\"a@b.example\",\"A@b.example\"]", "The secondary contact must differ from the primary one.")]
    [InlineData("security_contacts", "[\"a@b.example\",\"\"]", "This is not an e-mail address that mail can be sent to.")]
    [InlineData("security_contacts", "[\"a\\r\\nb@c.example\"]", "This is not an e-mail address that mail can be sent to.")]
    public async Task What_cannot_be_is_refused_and_changes_nothing(string name, string sent, string sentence)
    {
        var (admin, _) = await stage.NewOrganizationAsync();
        var before = await ValuesAsync(admin);
        Assert.Equal([sentence], (await SetAsync(admin, name, sent)).Must(HttpStatusCode.BadRequest).Errors);
        Assert.Equal(before, await ValuesAsync(admin));
    }

    [Fact]
    public async Task Only_admins_set_one_and_a_name_that_is_not_there_is_not_found()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var bob = await stage.CallerAsync(
            organization, await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example"));
        foreach (var name in new[] { "custom_roles", "no_such_config" })
        {
            var refused = (await SetAsync(bob, name, "true")).Must(HttpStatusCode.Forbidden);
            Assert.Contains(Permission.OrgManagement, refused.Errors[0], StringComparison.Ordinal);
        }

        var scoped = await stage.CallerAsync(organization, organization.Admin, "dashboards_read");
        (await SetAsync(scoped, "custom_roles", "false")).Must(HttpStatusCode.Forbidden);
        Assert.Equal(
            ["OrgConfig: no_such_config not found"],
            (await SetAsync(admin, "no_such_config", "true")).Must(HttpStatusCode.NotFound).Errors);
        Assert.Equal(
            ["OrgConfig: no_such_config not found"],
            (await bob.GetAsync($"{Path}/no_such_config")).Must(HttpStatusCode.NotFound).Errors);
        (await admin.PatchAsync($"{Path}/custom_roles", "org_config", "x", new { value = false }))
            .Must(HttpStatusCode.BadRequest);
        (await admin.PatchAsync($"{Path}/custom_roles", Type, "x", new { }))
            .Must(HttpStatusCode.BadRequest);
        Assert.Equal("true", (await ValuesAsync(admin))["custom_roles"]);
    }

    [Fact]
    public async Task Contacts_keep_their_order_and_everybody_concerned_is_told_as_by_the_page()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var (primary, secondary) = ($"primary@{organization.Slug}.example", $"secondary@{organization.Slug}.example");
        Assert.Single(await stage.OpenAsync(organization, FindingRule.ContactsDue));
        var set = (await SetAsync(admin, "security_contacts", $"[\"{secondary.ToUpperInvariant()}\",\"{primary}\"]"))
            .Must(HttpStatusCode.OK);
        Assert.Equal($"[\"{secondary}\",\"{primary}\"]", set.Attribute("value").GetRawText());
        Assert.Equal(stage.Now, set.Attribute("modified_at").GetDateTimeOffset());
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.ContactsDue));
        Assert.Equal([primary, secondary], await ToldAsync(EmailKind.VerifyContact));
        Assert.Equal([organization.Admin.Email, primary, secondary], await ToldAsync(EmailKind.ContactsChanged));

        stage.Time.Jump(TimeSpan.FromHours(1));
        var swapped = (await SetAsync(admin, "security_contacts", $"[\"{primary}\",\"{secondary}\"]")).Must(HttpStatusCode.OK);
        Assert.Equal($"[\"{primary}\",\"{secondary}\"]", swapped.Attribute("value").GetRawText());
        Assert.Equal(2, (await ToldAsync(EmailKind.VerifyContact)).Length);

        (await SetAsync(admin, "security_contacts", "[]")).Must(HttpStatusCode.OK);
        Assert.Equal("[]", (await ValuesAsync(admin))["security_contacts"]);
        Assert.Single(await stage.OpenAsync(organization, FindingRule.ContactsDue));
        Assert.Equal(6, (await ToldAsync(EmailKind.ContactsChanged)).Length);

        async Task<string[]> ToldAsync(EmailKind kind) =>
        [
            .. (await stage.EmailsAsync(kind)).Where(email => email.OrganizationId == organization.Id)
                .Select(email => email.Recipient).Order(StringComparer.Ordinal),
        ];
    }

    private static Task<ApiCaller.Answer> SetAsync(ApiCaller caller, string name, string value) => caller.SendTextAsync(
        HttpMethod.Patch,
        $"{Path}/{name}",
        """{"data":{"type":"org_configs","attributes":{"value":""" + value + "}}}");

    private static async Task<Dictionary<string, string>> ValuesAsync(ApiCaller caller) =>
        (await caller.GetAsync(Path)).Must(HttpStatusCode.OK).Data.EnumerateArray()
            .Select(config => config.GetProperty("attributes"))
            .ToDictionary(
                attributes => attributes.GetProperty("name").GetString()!,
                attributes => attributes.GetProperty("value").GetRawText());
}
