using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

/// <summary>When whoever shows a secret is answered: by that, they learn nothing of it.</summary>
public sealed class AnswerBeatTests(AnswerBeatTests.Stage stage) : IClassFixture<AnswerBeatTests.Stage>, IDisposable
{
    private readonly HttpClient _stranger = stage.NewClient();

    public enum Way
    {
        Api,
        Page,
    }

    public void Dispose() => _stranger.Dispose();

    [Theory]
    [InlineData(Way.Api)]
    [InlineData(Way.Page)]
    public async Task A_live_key_one_of_nobody_and_nonsense_are_answered_at_the_same_tick(Way way)
    {
        var organization = await stage.CreateOrganizationAsync($"In time by {way}");
        var live = await stage.IssueApiKeyAsync(organization, "live");
        var nobodys = new SecretFormat().Mint(SecretKind.ApiKey).Reveal();
        foreach (var text in new[] { live.Secret, live.Secret, nobodys, "nonsense" })
        {
            var (start, answer) = (stage.Beats.GetUtcNow(), ShowAsync(way, text));
            await DoneAsync();
            Assert.Equal(start + AnswerBeat.Length, stage.Beats.NextDueAt);
            Assert.False(await stage.OpensAsync(live.Secret));

            stage.Beats.Advance(AnswerBeat.Length - TimeSpan.FromTicks(1));
            Assert.False(answer.IsCompleted);
            stage.Beats.Advance(TimeSpan.FromTicks(1));
            Assert.Equal(way == Way.Api ? HttpStatusCode.Accepted : HttpStatusCode.OK, await answer);
        }
    }

    [Theory]
    [InlineData(30, 1)]
    [InlineData(99, 1)]
    [InlineData(100, 2)]
    [InlineData(130, 2)]
    public async Task Work_that_takes_longer_is_answered_at_a_whole_beat_all_the_same(int milliseconds, int beats)
    {
        var organization = await stage.CreateOrganizationAsync($"Busy for {milliseconds}");
        var live = await stage.IssueApiKeyAsync(organization, "live");
        var start = stage.Beats.GetUtcNow();
        var answer = Task.FromResult(HttpStatusCode.Unused);

        // Somebody else holds the organization, so what is done for the key waits for them.
        await stage.RevokeAsync(organization, await stage.IssueApiKeyAsync(organization, "other"), async () =>
        {
            answer = ShowAsync(Way.Api, live.Secret);
            await stage.SomebodyWaitsAsync();
            stage.Beats.Advance(TimeSpan.FromMilliseconds(milliseconds));
        });
        await DoneAsync();
        Assert.Equal(start + (beats * AnswerBeat.Length), stage.Beats.NextDueAt);
        stage.Beats.Advance(AnswerBeat.Length);
        Assert.Equal(HttpStatusCode.Accepted, await answer);
        Assert.False(await stage.OpensAsync(live.Secret));
    }

    // All is done but the wait.
    private Task<TimeSpan> DoneAsync() =>
        Eventually.IsTrueAsync(() => stage.Beats.NextDueAt is not null, "an answer that waits for its beat");

    private async Task<HttpStatusCode> ShowAsync(Way way, string text)
    {
        if (way == Way.Api)
        {
            return (await stage.PostAsync(
                "/api/v2/credentials/revoke", JsonSerializer.Serialize(new { credentials = new[] { text } }))).Status;
        }

        using var answer = await _stranger.PostFormAsync("/report-a-key", "Report", ("text", text));
        return answer.StatusCode;
    }

    /// <summary>The product, whose answers of this kind leave when a test says so.</summary>
    public sealed class Stage(TestPostgres postgres) : App(postgres)
    {
        public ManualClock Beats { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureTestServices(
                services => services.Replace(ServiceDescriptor.Singleton(new AnswerBeat(Beats))));
        }
    }
}
