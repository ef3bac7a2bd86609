using System.Diagnostics;
using System.Net;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// <c>/verify</c> against a plain answer of the same process: 100,000 credentials, of which 1,000 are used in turn over
/// 64 connections.
/// </summary>
internal static class VerifyBenchmark
{
    private const int Credentials = 100_000;
    private const int UsedKeys = 1_000;
    private const int Connections = 64;
    private const int Revocations = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SliceTime = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(8);

    // The load goes round all keys several times in this.
    private static readonly TimeSpan LastRounds = TimeSpan.FromSeconds(1);

    private static readonly byte[][] Plain = [Load.Get(PlainEndpoint.Path)];

    public static async Task<int> RunAsync()
    {
        await using var stage = await Stage.StartAsync();
        var acme = await stage.FoundAsync("acme");
        var keys = await stage.IssueAsync(acme, Credentials);
        await stage.SettleAsync();
        await using var server = await stage.ServeAsync();
        var used = keys.Take(UsedKeys).ToArray();
        var good = used.Select(key => Verify(key.Secret)).ToArray();
        var report = new Report("/verify against a plain answer of the same process");
        using (var load = new Load(server, Connections))
        {
            await load.RunAsync(Plain, 200, WarmUp);
            await load.RunAsync(good, 200, WarmUp);
            await CompareAsync(report, load, good);
            await MeasureUseAsync(report, stage, load, used.Select(key => key.Id).ToArray(), good);
            report.AtMost("memory after the load", server.Memory, 250, " MiB");
            await CompareRefusalsAsync(report, load, keys[0].Secret);
        }

        await MeasureRevocationAsync(report, stage, server, acme, keys[UsedKeys..(UsedKeys + Revocations)]);
        return report.End();
    }

    private static byte[] Verify(string apiKey) => Load.Get("/verify", ("DD-API-KEY", apiKey));

    private static async Task CompareAsync(Report report, Load load, byte[][] good)
    {
        var compared = await Comparison.RunAsync(
            rounds: 6, () => load.RunAsync(Plain, 200, SliceTime), () => load.RunAsync(good, 200, SliceTime));
        report.AtLeast("calls a second, of plain", compared.Rate, 0.60);
        report.AtMost("processor time per call, of plain", compared.ProcessorTime, 2.0);
        var (plain, verify) = (compared.Base, compared.Contender);
        Report.Says("p50, of plain", Report.Text(Math.Round(verify.Percentile(0.5) / plain.Percentile(0.5), 2)));
        Report.Says("p99, of plain", Report.Text(Math.Round(verify.Percentile(0.99) / plain.Percentile(0.99), 2)));
        await Console.Error.WriteLineAsync(
            $"(plain {plain.CallsPerSecond:0}/s, {plain.ProcessorMicrosecondsPerCall:0.0} us, "
            + $"p50 {plain.Percentile(0.5)} ms, p99 {plain.Percentile(0.99)} ms; "
            + $"verify {verify.CallsPerSecond:0}/s, {verify.ProcessorMicrosecondsPerCall:0.0} us, "
            + $"p50 {verify.Percentile(0.5)} ms, p99 {verify.Percentile(0.99)} ms)");
    }

    private static async Task MeasureUseAsync(Report report, Stage stage, Load load, Guid[] used, byte[][] good)
    {
        var updatesBefore = await UpdatesAsync(stage);
        var steady = await load.RunAsync(good, 200, Steady);
        var end = Stopwatch.GetTimestamp();
        var since = (TimeProvider.System.GetUtcNow() - LastRounds).UtcDateTime;
        var shown = 0L;
        while (shown < used.Length && Stopwatch.GetElapsedTime(end) < TimeSpan.FromSeconds(15))
        {
            shown = (long)(await stage.AskAsync(
                "SELECT count(*) FROM credentials WHERE id = ANY ($1) AND last_used_at >= $2", used, since))!;
            await Task.Delay(20);
        }

        report.AtMost("until all 1,000 keys show their last use", Stopwatch.GetElapsedTime(end).TotalSeconds, 3, " s");
        report.AtMost(
            "row updates of credentials per call", (await UpdatesAsync(stage) - updatesBefore) / (double)steady.Calls, 0.02);
    }

    // PostgreSQL counts with a delay of up to a second after the last statement of a session.
    private static async Task<long> UpdatesAsync(Stage stage)
    {
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        return (long)(await stage.AskAsync("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'credentials'"))!;
    }

    private static async Task CompareRefusalsAsync(Report report, Load load, string key)
    {
        var wrongChecksum = key[..^1] + (key[^1] == '0' ? '1' : '0');
        byte[][] junk = [Verify(wrongChecksum)];
        var format = new SecretFormat();
        var unknown = Enumerable.Range(0, UsedKeys).Select(_ => Verify(format.Mint(SecretKind.ApiKey).Reveal())).ToArray();
        foreach (var (what, requests, bar) in new[]
        {
            ("a wrong checksum: calls a second, of plain", junk, 0.6),
            ("a key nobody issued: calls a second, of plain", unknown, 0.12),
        })
        {
            await load.RunAsync(requests, 403, SliceTime);
            var compared = await Comparison.RunAsync(
                rounds: 3, () => load.RunAsync(Plain, 200, SliceTime), () => load.RunAsync(requests, 403, SliceTime));
            report.AtLeast(what, compared.Rate, bar);
        }
    }

    private static async Task MeasureRevocationAsync(
        Report report, Stage stage, Served server, Founded acme, (Guid Id, string Secret)[] keys)
    {
        await using var other = await stage.ServeAsync();
        using var client = new HttpClient();
        var isNextRefused = true;
        var slowest = TimeSpan.Zero;
        foreach (var (id, secret) in keys)
        {
            // Both remember it before.
            foreach (var process in new[] { server, other, server, other })
            {
                if (await StatusAsync(client, process, secret) != HttpStatusCode.OK)
                {
                    throw new InvalidOperationException("A good key was refused.");
                }
            }

            using var revoke = new HttpRequestMessage(HttpMethod.Delete, new Uri(server.Address, $"/api/v2/api_keys/{id}"));
            revoke.Headers.Add("DD-API-KEY", acme.ApiKey);
            revoke.Headers.Add("DD-APPLICATION-KEY", acme.ApplicationKey);
            using var revoked = await client.SendAsync(revoke);
            revoked.EnsureSuccessStatusCode();
            var start = Stopwatch.GetTimestamp();
            isNextRefused &= await StatusAsync(client, server, secret) == HttpStatusCode.Forbidden;
            while (await StatusAsync(client, other, secret) != HttpStatusCode.Forbidden)
            {
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }

        report.Holds("revoked: the next call to the same process is refused", isNextRefused, "always");
        report.AtMost("revoked: refused by another process, the slowest of five", slowest.TotalSeconds, 1, " s");
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, Served process, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(process.Address, "/verify"));
        request.Headers.Add("DD-API-KEY", key);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
