using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Client tokens by the API, with the manners of API keys: good calls, bad calls, and other people's.</summary>
public sealed class ClientTokensApiTests(App app) : IClassFixture<App>
{
    private const string Root = "/api/v2/client_tokens";
    private const string Type = "client_tokens";

    private static int _organizations;

    [Fact]
    public async Task A_token_is_made_read_renamed_given_an_end_and_revoked_and_shows_its_value_throughout()
    {
        var (admin, organization) = await AdminAsync();
        var made = (await admin.PostAsync(Root, Type, new { name = " shop " })).Must(HttpStatusCode.Created);
        var value = made.Attribute("key").GetString()!;
        Assert.Matches("^pub[0-9a-f]{32}$", value);
        Assert.Equal(("shop", value[^4..]), (made.Attribute("name").GetString(), made.Attribute("last4").GetString()));
        Assert.All(
            new[] { "last_used_at", "last_used_address", "last_used_client", "expires_at" },
            name => Assert.Equal(JsonValueKind.Null, made.Attribute(name).ValueKind));
        Assert.Equal(organization.Admin.Id.ToString(), RelatedTo(made, "created_by"));
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(value));

        var renamed = (await admin.PatchAsync(
            $"{Root}/{made.Id}", Type, made.Id, new { name = "store", expires_at = app.Now.AddDays(5) }))
            .Must(HttpStatusCode.OK);
        Assert.Equal(("store", value), (renamed.Attribute("name").GetString(), renamed.Attribute("key").GetString()));
        Assert.NotEqual(renamed.Attribute("created_at").GetString(), renamed.Attribute("modified_at").GetString());
        Assert.Equal(JsonValueKind.String, renamed.Attribute("expires_at").ValueKind);
        Assert.Equal(organization.Admin.Id.ToString(), RelatedTo(renamed, "modified_by"));
        var lasting = await admin.PatchAsync($"{Root}/{made.Id}", Type, made.Id, new { expires_at = (string?)null });
        Assert.Equal(JsonValueKind.Null, lasting.Must(HttpStatusCode.OK).Attribute("expires_at").ValueKind);
        Assert.Equal("store", lasting.Attribute("name").GetString());

        var read = (await admin.GetAsync($"{Root}/{made.Id}?include=created_by,leak_information")).Must(HttpStatusCode.OK);
        Assert.Equal(value, read.Attribute("key").GetString());
        Assert.Equal(1, read.Json.GetProperty("included").GetArrayLength());
        Assert.Equal(value, (await admin.GetAsync(Root)).Data[0].GetProperty("attributes").GetProperty("key").GetString());

        (await admin.DeleteAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.Forbidden, await VerifyAsync(value));
        foreach (var gone in new[]
        {
            await admin.GetAsync($"{Root}/{made.Id}"),
            await admin.DeleteAsync($"{Root}/{made.Id}"),
            await admin.PatchAsync($"{Root}/{made.Id}", Type, made.Id, new { name = "again" }),
        })
        {
            Assert.Equal(["Client token not found"], gone.Must(HttpStatusCode.NotFound).Errors);
        }
    }

    [Fact]
    public async Task A_list_pages_sorts_filters_and_counts()
    {
        var (admin, organization) = await AdminAsync();
        foreach (var name in new[] { "beta", "alpha", "gamma_1", "gamma%2" })
        {
            await Tokens.ClientAsync(app, organization, name);
        }

        var first = (await admin.GetAsync($"{Root}?page[size]=3&page[number]=0")).Must(HttpStatusCode.OK);
        Assert.Equal(["alpha", "beta", "gamma%2"], Names(first));
        Assert.Equal(4, TotalOf(first));
        Assert.Equal(["gamma_1"], Names(await admin.GetAsync($"{Root}?page[size]=3&page[number]=1")));
        Assert.Equal("gamma%2", Names(await admin.GetAsync($"{Root}?sort=-created_at"))[0]);
        Assert.Equal("beta", Names(await admin.GetAsync($"{Root}?sort=modified_at"))[0]);
        var filtered = await admin.GetAsync($"{Root}?filter=MA_");
        Assert.Equal((1, "gamma_1"), (TotalOf(filtered), Names(filtered).Single()));
        Assert.Empty(Names(await admin.GetAsync($"{Root}?filter[created_at][end]=2001-01-01T00:00:00Z")));
        Assert.Empty(Names(await admin.GetAsync($"{Root}?filter[modified_at][end]=2001-01-01T00:00:00Z")));
        foreach (var bad in new[] { "sort=color", "page[size]=0", "page[number]=-1", "include=owned_by" })
        {
            (await admin.GetAsync($"{Root}?{bad}")).Must(HttpStatusCode.BadRequest);
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"wrong type"}}}""")]
    [InlineData("""{"data":{"type":"client_tokens"}}""")]
    [InlineData("""{"data":{"type":"client_tokens","attributes":{"name":"  "}}}""")]
    [InlineData("""{"data":{"type":"client_tokens","attributes":{"name":"x","expires_at":"2001-01-01T00:00:00Z"}}}""")]
    [InlineData("""{"data":{"type":"client_tokens","attributes":{"name":"x","expires_at":"2999-01-01T00:00:00Z"}}}""")]
    public async Task A_body_that_cannot_be_is_refused_and_makes_nothing(string body)
    {
        var (admin, _) = await AdminAsync();
        Assert.NotEmpty((await admin.SendTextAsync(HttpMethod.Post, Root, body)).Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Equal(0, TotalOf(await admin.GetAsync(Root)));
    }

    [Fact]
    public async Task Names_are_unique_among_active_tokens_and_an_API_key_may_have_the_same()
    {
        var (admin, _) = await AdminAsync();
        var one = (await admin.PostAsync(Root, Type, new { name = "main" })).Must(HttpStatusCode.Created);
        var two = (await admin.PostAsync(Root, Type, new { name = "Main" })).Must(HttpStatusCode.Created);
        Assert.Contains(
            "“main”",
            (await admin.PostAsync(Root, Type, new { name = " main " })).Must(HttpStatusCode.BadRequest).Errors[0],
            StringComparison.Ordinal);
        (await admin.PatchAsync($"{Root}/{two.Id}", Type, two.Id, new { name = "main" })).Must(HttpStatusCode.BadRequest);
        (await admin.PatchAsync($"{Root}/{one.Id}", Type, one.Id, new { name = "main" })).Must(HttpStatusCode.OK);
        (await admin.DeleteAsync($"{Root}/{one.Id}")).Must(HttpStatusCode.NoContent);
        (await admin.PatchAsync($"{Root}/{two.Id}", Type, two.Id, new { name = "main" })).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_several_calls_at_once_for_the_same_name_one_makes_a_token()
    {
        var (admin, _) = await AdminAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => admin.PostAsync(Root, Type, new { name = "one" })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Somebody_elses_token_and_another_kind_are_not_found_before_the_body_is_looked_at()
    {
        var (admin, organization) = await AdminAsync();
        var (_, other) = await AdminAsync();
        var theirs = await Tokens.ClientAsync(app, other);
        foreach (var id in new[] { theirs.Id.ToString(), organization.ApiKey.Id.ToString(), Guid.NewGuid().ToString(), "x" })
        {
            (await admin.GetAsync($"{Root}/{id}")).Must(HttpStatusCode.NotFound);
            (await admin.DeleteAsync($"{Root}/{id}")).Must(HttpStatusCode.NotFound);
            (await admin.SendTextAsync(HttpMethod.Patch, $"{Root}/{id}", "{")).Must(HttpStatusCode.NotFound);
        }

        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(theirs.Secret));
    }

    [Fact]
    public async Task Who_may_only_read_sees_values_and_is_told_what_is_missing_for_more()
    {
        var (_, organization) = await AdminAsync();
        var token = await Tokens.ClientAsync(app, organization);
        var reader = await app.AddPersonAsync(organization, $"r@{organization.Slug}.example", role: Role.ReadOnlyName);
        var key = await app.IssueApplicationKeyAsync(reader, "read");
        var caller = ApiCaller.With(app, organization.ApiKey.Secret, key.Secret);
        var read = (await caller.GetAsync($"{Root}/{token.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal(token.Secret, read.Attribute("key").GetString());
        foreach (var refused in new[]
        {
            await caller.PostAsync(Root, Type, new { name = "x" }),
            await caller.PatchAsync($"{Root}/{token.Id}", Type, token.Id.ToString(), new { name = "x" }),
            await caller.DeleteAsync($"{Root}/{token.Id}"),
        })
        {
            Assert.Contains(
                "client_tokens_write", refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }
    }

    private static string[] Names(ApiCaller.Answer answer) =>
        [.. answer.Data.EnumerateArray().Select(token => token.GetProperty("attributes").GetProperty("name").GetString()!)];

    private static int TotalOf(ApiCaller.Answer answer) =>
        answer.Json.GetProperty("meta").GetProperty("page").GetProperty("total_filtered_count").GetInt32();

    private static string? RelatedTo(ApiCaller.Answer answer, string name) => answer.Data.GetProperty("relationships")
        .GetProperty(name).GetProperty("data").GetProperty("id").GetString();

    private async Task<HttpStatusCode> VerifyAsync(string value) =>
        (await new ApiCaller(app, ("DD-CLIENT-TOKEN", value)).GetAsync("/verify")).Status;

    private async Task<(ApiCaller Admin, TestOrganization Organization)> AdminAsync()
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Clients {number}", $"ann@clients-{number}.example");
        return (ApiCaller.AdminOf(app, organization), organization);
    }
}
