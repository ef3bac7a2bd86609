using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Any credential by our API: what it is, who uses it, and who may ask.</summary>
public sealed class CredentialsApiTests(App app) : IClassFixture<App>
{
    private static readonly (HttpMethod Method, string Act)[] Acts =
    [
        (HttpMethod.Get, ""), (HttpMethod.Get, "usage"), (HttpMethod.Get, "test_revocation"),
        (HttpMethod.Post, "test_revocation"), (HttpMethod.Delete, "test_revocation"), (HttpMethod.Post, "undo"),
        (HttpMethod.Post, "revoke"), (HttpMethod.Post, "rotate"), (HttpMethod.Patch, "retirement"),
        (HttpMethod.Put, "expiry"),
    ];

    [Fact]
    public async Task A_credential_says_what_it_is_and_where_it_stands()
    {
        var (admin, organization) = await app.FoundAsync();
        var token = await app.IssueTokenAsync(organization.Admin.Id, "deploy", app.Now.AddDays(5), Permission.ApiKeysRead);
        var read = (await admin.GetAsync(Life.Path(token.Id))).Must(HttpStatusCode.OK);
        Assert.Equal("credentials", read.Data.GetProperty("type").GetString());
        Assert.Equal(
            ("personal_access_token", "deploy", token.Secret[^4..], "active"),
            (Text(read, "kind"), Text(read, "name"), Text(read, "last4"), Text(read, "state")));
        Assert.Equal([Permission.ApiKeysRead], Texts(read, "scopes"));
        Assert.InRange(read.Attribute("ends_at").GetDateTimeOffset(), app.Now.AddDays(4), app.Now.AddDays(5));
        foreach (var nothing in new[] { "undoable_until", "replaced_by", "retire_at", "revoked_at", "revoked_because" })
        {
            Assert.Equal(JsonValueKind.Null, read.Attribute(nothing).ValueKind);
        }

        Assert.False(read.Attribute("retires_when_silent").GetBoolean());
        Assert.DoesNotContain(token.Secret, read.Text, StringComparison.Ordinal);
        var revoked = (await admin.SendAsync(HttpMethod.Post, Life.Path(token.Id, "revoke"))).Must(HttpStatusCode.OK);
        var again = (await admin.SendAsync(HttpMethod.Post, Life.Path(token.Id, "revoke"))).Must(HttpStatusCode.OK);
        Assert.Equal(Text(revoked, "revoked_at"), Text(again, "revoked_at"));

        // Not a week, but as long as it would have lived.
        Assert.Equal(read.Attribute("ends_at").GetDateTimeOffset(), revoked.Attribute("undoable_until").GetDateTimeOffset());
    }

    [Fact]
    public async Task Its_use_is_told_by_day_caller_and_scope_with_the_verdict()
    {
        var (admin, organization) = await app.FoundAsync();
        var key = await app.IssueApplicationKeyAsync(
            organization.Admin, "used", Permission.ApiKeysRead, Permission.UserAppKeys);
        var used = new ApiCaller(
            app,
            ("DD-API-KEY", organization.ApiKey.Secret),
            ("DD-APPLICATION-KEY", key.Secret),
            ("User-Agent", "agent/7"),
            ("DD-SERVICE", "checkout"));
        (await used.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        (await used.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        (await used.PostAsync("/api/v2/api_keys", "api_keys", new { name = "no" })).Must(HttpStatusCode.Forbidden);
        await app.FlushAsync();

        var usage = (await admin.GetAsync(Life.Path(key.Id, "usage"))).Must(HttpStatusCode.OK);
        Assert.Equal("credential_usage", usage.Data.GetProperty("type").GetString());
        var days = usage.Attribute("days");
        Assert.Equal(90, days.GetArrayLength());
        Assert.Equal(
            (app.Now.ToString("yyyy-MM-dd", null), 2),
            (days[89].GetProperty("day").GetString(), days[89].GetProperty("calls").GetInt32()));
        Assert.Equal(app.Now.AddDays(-89).ToString("yyyy-MM-dd", null), days[0].GetProperty("day").GetString());
        Assert.Equal(1, usage.Attribute("caller_count").GetInt32());
        var caller = usage.Attribute("callers")[0];
        Assert.Equal(
            ("127.0.0.1", "agent/7", "checkout", 2),
            (caller.GetProperty("address").GetString(), caller.GetProperty("client").GetString(),
                caller.GetProperty("service").GetString(), caller.GetProperty("calls").GetInt32()));
        Assert.Equal(Text(usage, "first_used_at"), caller.GetProperty("first_at").GetString());
        Assert.Equal(Text(usage, "last_used_at"), caller.GetProperty("last_at").GetString());
        Assert.Equal([Permission.ApiKeysRead], Texts(usage, "scopes_used"));
        Assert.Equal([Permission.ApiKeysRead, Permission.UserAppKeys], Texts(usage, "scopes_held"));
        var verdict = usage.Attribute("blast_radius");
        Assert.Equal("will_break", verdict.GetProperty("verdict").GetString());
        Assert.Equal(1, verdict.GetProperty("calls_per_day").GetInt32());
        Assert.NotEqual(0, verdict.GetProperty("reasons").GetArrayLength());
        Assert.NotEqual(0, verdict.GetProperty("unseen").GetArrayLength());

        var idle = await app.IssueApplicationKeyAsync(organization.Admin, "idle");
        var nothing = (await admin.GetAsync(Life.Path(idle.Id, "usage"))).Must(HttpStatusCode.OK);
        Assert.Equal("check_first", nothing.Attribute("blast_radius").GetProperty("verdict").GetString());
        Assert.Equal(JsonValueKind.Null, nothing.Attribute("scopes_held").ValueKind);
        Assert.Equal(JsonValueKind.Null, nothing.Attribute("first_used_at").ValueKind);
    }

    [Fact]
    public async Task A_quarterly_rhythm_is_seen_though_the_chart_shows_ninety_days()
    {
        var (admin, organization) = await app.FoundAsync();
        var key = await app.IssueApiKeyAsync(organization, "quarterly");
        await app.InScopeAsync(db => db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO usage (credential_id, organization_id, day, address, client, service, calls, first_at, last_at)
            SELECT {key.Id.Value}, {organization.Id.Value}, (now() AT TIME ZONE 'UTC')::date - ago, '127.0.0.1', '', '', 1,
                   now() - ago * interval '1 day', now() - ago * interval '1 day'
            FROM unnest(ARRAY[40, 131, 222]) AS ago
            """));
        await app.InScopeAsync(db => db.Database.ExecuteSqlAsync(
            $"UPDATE credentials SET last_used_at = now() - interval '40 days' WHERE id = {key.Id.Value}"));
        var usage = (await admin.GetAsync(Life.Path(key.Id, "usage"))).Must(HttpStatusCode.OK);
        Assert.Equal("check_first", usage.Attribute("blast_radius").GetProperty("verdict").GetString());
        Assert.Equal(1, usage.Attribute("days").EnumerateArray().Sum(day => day.GetProperty("calls").GetInt32()));
        Assert.Contains(
            "91 days", usage.Attribute("blast_radius").GetProperty("reasons")[1].GetString(), StringComparison.Ordinal);
        Assert.True(usage.Attribute("first_used_at").GetDateTimeOffset() < app.Now.AddDays(-221));
    }

    [Fact]
    public async Task Somebody_elses_credential_and_none_at_all_are_not_found_before_the_body_is_looked_at()
    {
        var (admin, organization) = await app.FoundAsync();
        var (_, other) = await app.FoundAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: Role.ReadOnlyName);
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        var reader = ApiCaller.With(app, organization.ApiKey.Secret, his.Secret);
        foreach (var (method, act) in Acts)
        {
            foreach (var id in new[] { other.ApiKey.Id, other.ApplicationKey.Id, default })
            {
                (await admin.SendTextAsync(method, Life.Path(id, act), method == HttpMethod.Get ? null : "{"))
                    .Must(HttpStatusCode.NotFound);
            }

            // What may not be seen is not there; who may see nothing at all is told what that needs.
            var unseen = await reader.SendTextAsync(
                method, Life.Path(organization.ApiKey.Id, act), method == HttpMethod.Get ? null : "{");
            Assert.Contains(unseen.Status, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
        }
    }

    [Fact]
    public async Task Who_may_see_but_not_do_is_told_what_that_needs_before_the_body_is_looked_at()
    {
        var (_, organization) = await app.FoundAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        var standard = ApiCaller.With(app, organization.ApiKey.Secret, his.Secret);
        foreach (var (method, act) in Acts.Where(act => act.Method != HttpMethod.Get))
        {
            var needed = act is "revoke" or "test_revocation" ? Permission.ApiKeysDelete : Permission.ApiKeysWrite;
            var refused = await standard.SendTextAsync(method, Life.Path(organization.ApiKey.Id, act), "{");
            Assert.Contains(needed, refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }

        (await standard.GetAsync(Life.Path(organization.ApiKey.Id, "usage"))).Must(HttpStatusCode.OK);
        Assert.Equal((1L, 1L), await app.ActiveAsync(organization, "api_key"));
    }

    [Theory]
    [InlineData("expiry", "PUT", """{"data":{"type":"credentials","attributes":{"expires_at":null}}}""")]
    [InlineData("expiry", "PUT", """{"data":{"type":"expiries","attributes":{"expires_at":"soon"}}}""")]
    [InlineData("expiry", "PUT", "{")]
    [InlineData("rotate", "POST", """{"data":{"type":"rotations","attributes":{"retire_at":7}}}""")]
    [InlineData("rotate", "POST", """{"data":{"type":"rotations"}}""")]
    [InlineData("rotate", "POST", """{"data":{"type":"rotations","attributes":{"retire_at":"2001-01-01T00:00:00Z"}}}""")]
    [InlineData("retirement", "PATCH", """{"data":{"type":"retirements","attributes":{"retire_when_silent":"yes"}}}""")]
    [InlineData("test_revocation", "POST", "")]
    [InlineData("test_revocation", "POST", """{"data":{"type":"test_revocations","attributes":{}}}""")]
    public async Task A_body_that_cannot_be_is_refused_with_a_sentence_and_changes_nothing(string act, string method, string body)
    {
        var (admin, organization) = await app.FoundAsync();
        var before = await app.RowAsync(organization.ApiKey.Id);
        var refused = await admin.SendTextAsync(new HttpMethod(method), Life.Path(organization.ApiKey.Id, act), body);
        Assert.NotEmpty(refused.Must(HttpStatusCode.BadRequest).Errors[0]);

        // The call itself was a use, which is written a moment later.
        Assert.EquivalentWithExclusions(
            before,
            await app.RowAsync(organization.ApiKey.Id),
            key => key.LastUsedAt,
            key => key.LastUsedAddress,
            key => key.LastUsedClient,
            key => key.QuietSince,
            key => key.QuietOn);
        Assert.Equal((1L, 1L), await app.ActiveAsync(organization, "api_key"));
    }

    [Fact]
    public async Task The_list_of_revoked_ones_costs_the_same_statements_however_many_there_are()
    {
        var (admin, organization) = await app.FoundAsync();
        await StatementsOfAsync();
        var few = await StatementsOfAsync();
        await app.IssueManyAsync(organization, 120);
        await app.InScopeAsync(db => db.Database.ExecuteSqlAsync(
            $"""
            UPDATE credentials SET revoked_at = now(), revoked_because = 'ByHand'
            WHERE organization_id = {organization.Id.Value} AND name LIKE 'many %'
            """));
        Assert.Equal(few, await StatementsOfAsync());
        Assert.InRange(few, 1, 4);
        Assert.Equal(100, (await admin.GetAsync("/api/v2/safety_center/revoked_credentials")).Data.GetArrayLength());

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            (await admin.SendAsync(
                HttpMethod.Get, "/api/v2/safety_center/revoked_credentials", traceParent: statements.TraceParent))
                .Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys.Count;
        }
    }

    private static string Text(ApiCaller.Answer answer, string name) => answer.Attribute(name).GetString()!;

    private static string[] Texts(ApiCaller.Answer answer, string name) =>
        [.. answer.Attribute(name).EnumerateArray().Select(text => text.GetString()!)];
}
