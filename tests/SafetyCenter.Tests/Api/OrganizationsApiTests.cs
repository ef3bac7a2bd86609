using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>The caller's organization, as programs see, rename and disable it.</summary>
public sealed class OrganizationsApiTests(App app) : IClassFixture<App>
{
    private const string V1 = "/api/v1/org";

    [Fact]
    public async Task V1_lists_shows_and_renames_the_callers_own_and_no_other()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var row = await RowAsync(organization);
        var listed = Assert.Single((await admin.GetAsync(V1)).Must(HttpStatusCode.OK).Json
            .GetProperty("orgs").EnumerateArray());
        var shown = (await admin.GetAsync($"{V1}/{organization.Slug}")).Must(HttpStatusCode.OK).Json.GetProperty("org");
        Assert.Equal(listed.GetRawText(), shown.GetRawText());
        Assert.Equal(organization.Slug, shown.GetProperty("public_id").GetString());
        Assert.Equal(organization.Name, shown.GetProperty("name").GetString());
        Assert.Equal($"{row.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}", shown.GetProperty("created").GetString());
        Assert.False(shown.GetProperty("settings").GetProperty("saml").GetProperty("enabled").GetBoolean());

        var name = new string('n', 32);
        var settings = new { private_widget_share = false, saml = new { enabled = false } };
        var renamed = (await PutAsync(admin, organization.Slug, new { name, description = "x", settings }))
            .Must(HttpStatusCode.OK).Json.GetProperty("org");
        Assert.Equal(name, renamed.GetProperty("name").GetString());
        Assert.Equal(name, (await RowAsync(organization)).Name);
        Assert.Equal(organization.Slug, (await RowAsync(organization)).Slug);
        Assert.Single(await app.RowsAsync<AuditEvent>(events => events
            .Where(change => change.OrganizationId == organization.Id && change.Name == "renamed")));
        Assert.Equal(
            name,
            (await PutAsync(admin, organization.Slug, new { settings })).Must(HttpStatusCode.OK).Json
                .GetProperty("org").GetProperty("name").GetString());

        foreach (var foreign in new[] { other.Slug, "nowhere" })
        {
            Assert.Equal(
                ["Organization not found"],
                (await admin.GetAsync($"{V1}/{foreign}")).Must(HttpStatusCode.NotFound).Errors);
            (await PutAsync(admin, foreign, new { name = "Taken over" })).Must(HttpStatusCode.NotFound);
        }

        Assert.Equal(other.Name, (await RowAsync(other)).Name);
    }

    [Theory]
    [InlineData("""{"name":"123456789012345678901234567890123"}""", "Organization name can have at most 32 characters.")]
    [InlineData("""{"name":" "}""", "Organization name cannot be blank.")]
    [InlineData("""{"name":7}""", "name must be a string without broken characters.")]
    [InlineData("""{"name":"\ud800"}""", "name must be a string without broken characters.")]
    [InlineData("[]", "The body must be a JSON object.")]
    [InlineData("{", "The body is no JSON that can be read.")]
    public async Task A_name_that_cannot_be_is_refused(string body, string sentence)
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var refused = (await admin.SendTextAsync(HttpMethod.Put, $"{V1}/{organization.Slug}", body))
            .Must(HttpStatusCode.BadRequest);
        Assert.Equal([sentence], refused.Errors);
        Assert.Equal(organization.Name, (await RowAsync(organization)).Name);
    }

    [Fact]
    public async Task Organizations_are_made_by_the_operator_and_only_admins_ask_about_them()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var before = (await app.RowsAsync<Organization>()).Count;
        var refused = (await admin.SendAsync(HttpMethod.Post, V1, new { name = "Child" })).Must(HttpStatusCode.Forbidden);
        Assert.Contains("whoever operates this installation", refused.Errors[0], StringComparison.Ordinal);
        Assert.Equal(before, (await app.RowsAsync<Organization>()).Count);

        var bob = await app.CallerAsync(
            organization, await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example"));
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, V1), (HttpMethod.Post, V1), (HttpMethod.Get, $"{V1}/{organization.Slug}"),
            (HttpMethod.Put, $"{V1}/{organization.Slug}"), (HttpMethod.Get, "/api/v2/org"),
            (HttpMethod.Post, "/api/v2/org/disable"),
        })
        {
            var answer = (await bob.SendAsync(method, path, method == HttpMethod.Get ? null : new { name = "Bob's" }))
                .Must(HttpStatusCode.Forbidden);
            Assert.Contains(Permission.OrgManagement, answer.Errors[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task V2_tells_of_the_callers_own_and_filters_by_name()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await app.NewOrganizationAsync();
        var all = (await admin.GetAsync("/api/v2/org")).Must(HttpStatusCode.OK);
        Assert.Equal("managed_orgs", all.Data.GetProperty("type").GetString());
        Assert.Equal([$"{organization.Id}"], Managed(all));
        Assert.Equal(
            $"{organization.Id}",
            all.Data.GetProperty("relationships").GetProperty("current_org").GetProperty("data").GetProperty("id").GetString());
        var included = Assert.Single(all.Json.GetProperty("included").EnumerateArray());
        var attributes = included.GetProperty("attributes");
        Assert.Equal($"{organization.Id}", included.GetProperty("id").GetString());
        Assert.Equal(organization.Slug, attributes.GetProperty("public_id").GetString());
        Assert.False(attributes.GetProperty("disabled").GetBoolean());

        var part = Uri.EscapeDataString(organization.Name[3..].ToUpperInvariant());
        Assert.Equal([$"{organization.Id}"], Managed(await admin.GetAsync($"/api/v2/org?filter[name]={part}")));
        Assert.Empty(Managed(await admin.GetAsync("/api/v2/org?filter[name]=nothing-like-it")));

        static string[] Managed(ApiCaller.Answer answer) =>
        [
            .. answer.Must(HttpStatusCode.OK).Data.GetProperty("relationships").GetProperty("managed_orgs")
                .GetProperty("data").EnumerateArray().Select(item => item.GetProperty("id").GetString()!),
        ];
    }

    [Fact]
    public async Task Disabling_ends_the_very_credential_it_was_asked_with()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (others, other) = await app.NewOrganizationAsync();
        foreach (var wrong in new object[]
        {
            new { data = new { type = "org_disable" } },
            new { data = new { type = "customer_org_disable", attributes = new { org_uuid = $"{other.Id}" } } },
            new { data = new { type = "customer_org_disable", attributes = new { org_uuid = "nonsense" } } },
            new { data = new { type = "customer_org_disable", attributes = new { org_uuid = 1 } } },
        })
        {
            (await DisableAsync(admin, wrong)).Must(HttpStatusCode.BadRequest);
        }

        Assert.Null((await RowAsync(organization)).DisabledAt);
        Assert.Null((await RowAsync(other)).DisabledAt);
        var attributes = new { org_uuid = $"{organization.Id}" };
        var done = (await DisableAsync(admin, new { data = new { type = "customer_org_disable", id = "mine", attributes } }))
            .Must(HttpStatusCode.OK);
        Assert.Equal(("org_disable", $"{organization.Id}"), (done.Data.GetProperty("type").GetString(), done.Id));
        Assert.Equal("disabled", done.Attribute("status").GetString());
        Assert.NotNull((await RowAsync(organization)).DisabledAt);
        (await DisableAsync(admin, new { data = new { type = "customer_org_disable" } })).Must(HttpStatusCode.Forbidden);
        (await others.GetAsync(V1)).Must(HttpStatusCode.OK);
        var told = Assert.Single(await app.RowsAsync<AuditEvent>(events => events
            .Where(change => change.OrganizationId == organization.Id && change.Name == "disabled")));
        Assert.Equal(AuditActor.User, told.Actor);

        static Task<ApiCaller.Answer> DisableAsync(ApiCaller caller, object body) =>
            caller.SendAsync(HttpMethod.Post, "/api/v2/org/disable", body);
    }

    private static Task<ApiCaller.Answer> PutAsync(ApiCaller caller, string publicId, object body) =>
        caller.SendTextAsync(HttpMethod.Put, $"{V1}/{publicId}", JsonSerializer.Serialize(body));

    private async Task<Organization> RowAsync(TestOrganization organization) =>
        Assert.Single(await app.RowsAsync<Organization>(all => all.Where(row => row.Id == organization.Id)));
}
