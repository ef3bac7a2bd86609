using System.Diagnostics;
using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Credentials;

/// <summary>Two instances on one database: what one does the other knows within a second, and races spoil no count.</summary>
public sealed class TwoNodesTests(App here) : IClassFixture<App>, IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    private App _there = null!;

    public async ValueTask InitializeAsync() => _there = await App.JoinAsync(here);

    public ValueTask DisposeAsync() => _there.DisposeAsync();

    [Fact]
    public async Task An_undone_revocation_opens_again_at_once_here_and_within_a_second_there()
    {
        var (admin, organization) = await here.FoundAsync();
        var key = await here.IssueApiKeyAsync(organization, "spare");
        Assert.True(await here.OpensAsync(key));
        Assert.True(await _there.OpensAsync(key));
        var clock = await DoAsync(admin, HttpMethod.Post, key, "revoke");
        Assert.False(await here.OpensAsync(key));
        await BecomesAsync(opens: false, key, clock);
        clock = await DoAsync(admin, HttpMethod.Post, key, "undo");
        Assert.True(await here.OpensAsync(key));
        await BecomesAsync(opens: true, key, clock);
    }

    [Fact]
    public async Task A_test_refuses_at_once_here_and_within_a_second_there_and_so_does_its_stop_and_both_list_who_failed()
    {
        var (admin, organization) = await here.FoundAsync();
        var key = await here.IssueApiKeyAsync(organization, "tested");
        Assert.True(await here.OpensAsync(key));
        Assert.True(await _there.OpensAsync(key));
        var path = Life.Path(key.Id, "test_revocation");
        (await admin.PostAsync(path, "test_revocations", new { minutes = 15 })).Must(HttpStatusCode.Created);
        var clock = Stopwatch.StartNew();
        Assert.False(await here.OpensAsync(key, service: "here"));
        await BecomesAsync(opens: false, key, clock);
        Assert.False(await _there.OpensAsync(key, service: "there"));

        var listed = await Eventually.IsTrueAsync(
            async () => (await admin.GetAsync(path)).Must(HttpStatusCode.OK).Attribute("refused_callers").EnumerateArray()
                .Select(caller => caller.GetProperty("service").GetString())
                .Intersect(["here", "there"]).Count() == 2,
            "both are listed");
        Assert.True(listed < TimeSpan.FromSeconds(10), $"It took {listed}.");
        clock = await DoAsync(admin, HttpMethod.Delete, key, "test_revocation");
        Assert.True(await here.OpensAsync(key));
        await BecomesAsync(opens: true, key, clock);
    }

    [Fact]
    public async Task Whoever_undoes_revokes_and_rotates_at_the_same_time_the_counts_are_right_in_the_end()
    {
        var (admin, organization) = await here.FoundAsync();
        var other = ApiCaller.AdminOf(_there, organization);
        var keys = new List<IssuedKey>();
        for (var number = 0; number < 4; number++)
        {
            keys.Add(await here.IssueApiKeyAsync(organization, $"key {number}"));
        }

        var undone = keys[0];
        await DoAsync(admin, HttpMethod.Post, undone, "revoke");
        var undos = await Task.WhenAll(new[] { admin, other, admin, other }
            .Select(caller => caller.SendAsync(HttpMethod.Post, Life.Path(undone.Id, "undo"))));
        Assert.Single(undos, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(3, undos.Count(answer => answer.Status == HttpStatusCode.BadRequest));

        var rotations = await Task.WhenAll(new[] { admin, other, admin }.Select((caller, number) => caller.PostAsync(
            Life.Path(keys[1].Id, "rotate"),
            "rotations",
            new { name = $"heir {number}", retire_at = here.Now.AddDays(1) })));
        Assert.Single(rotations, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(2, rotations.Count(answer => answer.Status == HttpStatusCode.BadRequest));

        await Task.WhenAll(
            admin.SendAsync(HttpMethod.Post, Life.Path(keys[2].Id, "revoke")),
            other.SendAsync(HttpMethod.Post, Life.Path(keys[2].Id, "revoke")),
            other.PostAsync(Life.Path(keys[2].Id, "rotate"), "rotations", new { retire_at = here.Now.AddDays(1) }),
            admin.SendAsync(HttpMethod.Post, Life.Path(keys[3].Id, "revoke")),
            other.SendAsync(HttpMethod.Post, Life.Path(keys[3].Id, "undo")));
        var (kept, counted) = await here.ActiveAsync(organization, "api_key");
        Assert.Equal(counted, kept);
        Assert.Equal(kept, (await admin.GetAsync("/api/v2/api_keys")).Json
            .GetProperty("meta").GetProperty("page").GetProperty("total_filtered_count").GetInt64());

        // Everybody revokes everything at once; one key without an end stays.
        var active = await here.RowsAsync<ApiKey>(all => all
            .Where(key => key.OrganizationId == organization.Id && key.RevokedAt == null));
        var lasting = active.Count(key => key.IsLasting);
        Assert.InRange(lasting, 2, 10);
        var beside = organization.ApiKey.Id;
        await Task.WhenAll(active.Where(key => key.Id != beside).SelectMany(key => new[] { admin, other }
            .Select(caller => caller.SendAsync(HttpMethod.Post, Life.Path(key.Id, "revoke")))));
        (await admin.SendAsync(HttpMethod.Post, Life.Path(beside, "revoke"))).Must(HttpStatusCode.Forbidden);
        Assert.Equal((1L, 1L), await here.ActiveAsync(organization, "api_key"));
    }

    [Fact]
    public async Task Two_who_undo_two_keys_of_one_name_bring_back_one()
    {
        var (admin, organization) = await here.FoundAsync();
        var first = await here.IssueApiKeyAsync(organization, "twin");
        await DoAsync(admin, HttpMethod.Post, first, "revoke");
        var second = await here.IssueApiKeyAsync(organization, "twin");
        await DoAsync(admin, HttpMethod.Post, second, "revoke");
        var other = ApiCaller.AdminOf(_there, organization);
        var undos = await Task.WhenAll(
            admin.SendAsync(HttpMethod.Post, Life.Path(first.Id, "undo")),
            other.SendAsync(HttpMethod.Post, Life.Path(second.Id, "undo")));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest], undos.Select(answer => answer.Status).Order());
        Assert.Equal((2L, 2L), await here.ActiveAsync(organization, "api_key"));
    }

    private static async Task<Stopwatch> DoAsync(ApiCaller caller, HttpMethod method, IssuedKey key, string act)
    {
        var answer = await caller.SendAsync(method, Life.Path(key.Id, act));
        Assert.True((int)answer.Status is >= 200 and < 300, answer.Text);
        return Stopwatch.StartNew();
    }

    private async Task BecomesAsync(bool opens, IssuedKey key, Stopwatch since)
    {
        while (await _there.OpensAsync(key, service: "there") != opens)
        {
            Assert.True(since.Elapsed < Promise, $"It is not so there after {since.Elapsed}.");
        }
    }
}
