using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// Reports of leaks: a batch of 10,000 matches, half of them ours and revoked at once, against the bare work of the same run; and
/// one match, from its POST to the key that opens nothing.
/// </summary>
internal static class IntakeBenchmark
{
    private const int Matches = 10_000;
    private const int Rounds = 5;
    private const int Letters = 5;
    private const int Single = 25;

    private static readonly JsonSerializerOptions Words = new() { Converters = { new JsonStringEnumConverter() } };

    public static async Task<int> RunAsync()
    {
        await using var stage = await Stage.StartAsync();
        await using var reporter = await Reporter.StartAsync();
        var (acme, globex) = (await FoundAsync(stage, "acme"), await FoundAsync(stage, "globex"));
        var format = new SecretFormat();
        var keys = await stage.IssueAsync(acme, ((2 * Rounds) + 4) * Matches / 2);
        var few = await stage.IssueAsync(acme, 5);
        var one = await stage.IssueAsync(globex, Letters + Single);
        await stage.SettleAsync();
        await using var server = await stage.ServeAsync(("Leaks__GitHub__PublicKeysUrl", reporter.KeysUrl.ToString()));
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
        var batches = new Queue<SignedReport>(keys.Chunk(Matches / 2).Select(ours => BatchOf(ours)));
        var bare = new BareIntake(stage.Source, reporter);
        var report = new Report("10,000 matches, half of them ours and revoked at once, against the bare work of the same run");

        // What is done once is done before.
        await reporter.SendAsync(client, server, batches.Dequeue());
        await bare.TakeAsync(batches.Dequeue());
        await CompareAsync();
        await CountAsync();
        await MeasureLettersAsync();
        await MeasureOneAsync();
        Report.Says("memory afterwards", $"{server.Memory:0} MiB");
        return report.End();

        SignedReport BatchOf((Guid Id, string Secret)[] ours) => reporter.Sign(ours.SelectMany(
            key => new[] { key.Secret, format.Mint(SecretKind.ApiKey).Reveal() }));

        async Task CompareAsync()
        {
            var (bares, firsts, repeats) = (new List<double>(), new List<double>(), new List<double>());
            bares.Add(await TimeAsync(bare.TakeAsync, batches.Dequeue()));
            for (var round = 0; round < Rounds; round++)
            {
                var batch = batches.Dequeue();
                firsts.Add(await TimeAsync(SendAsync, batch));
                repeats.Add(await TimeAsync(SendAsync, batch));
                bares.Add(await TimeAsync(bare.TakeAsync, batches.Dequeue()));
            }

            var ratios = firsts.Select((first, round) => 2 * first / (bares[round] + bares[round + 1]));
            report.AtMost("taken in, of the bare work", Median(ratios), 3);
            report.AtMost("repeated, of the first time", Median(repeats.Zip(firsts, (again, first) => again / first)), 1);
            Report.Says("the bare work", $"{Median(bares):0} ms");
            Report.Says("taken in", $"{Median(firsts):0} ms");

            Task<int> SendAsync(SignedReport batch) => reporter.SendAsync(client, server, batch);
        }

        async Task CountAsync()
        {
            var small = reporter.Sign(few.SelectMany(key => new[] { key.Secret, format.Mint(SecretKind.ApiKey).Reveal() }));
            var counts = new List<int>();
            foreach (var batch in new[] { small, batches.Dequeue() })
            {
                var trace = StatementCount.NewTrace();
                await reporter.SendAsync(client, server, batch, trace);
                counts.Add(await StatementCount.OfAsync(client, server, trace));
            }

            report.Holds(
                $"SQL statements: {counts[0]} for 10 matches, {counts[1]} for 10,000; the same",
                counts[0] == counts[1] && counts[0] > 0,
                "always");
        }

        async Task MeasureLettersAsync()
        {
            var folder = Path.Combine(stage.Folder, "mail");
            var slowest = 0.0;
            foreach (var (_, secret) in one.Take(Letters))
            {
                var before = CountLetters();
                var start = Stopwatch.GetTimestamp();
                await reporter.SendAsync(client, server, reporter.Sign([secret]));
                while (CountLetters() == before)
                {
                    await Task.Delay(1);
                }

                slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            report.AtMost("from a report to its email, the slowest of five", slowest, 2, " s");

            int CountLetters() => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.eml").Count() : 0;
        }

        async Task MeasureOneAsync()
        {
            var times = new List<double>();
            foreach (var (_, secret) in one.Skip(Letters))
            {
                // The product remembers it before.
                await OpensAsync(secret);
                if (!await OpensAsync(secret))
                {
                    throw new InvalidOperationException("A good key was refused.");
                }

                var match = reporter.Sign([secret]);
                var start = Stopwatch.GetTimestamp();
                await reporter.SendAsync(client, server, match);
                while (await OpensAsync(secret))
                {
                }

                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            report.AtMost("one match, from POST to the key dead, the median of 25", Median(times), 30, " ms");
            Report.Says("the slowest of them", $"{times.Max():0.0} ms");
        }

        async Task<bool> OpensAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, "/verify"));
            request.Headers.Add("DD-API-KEY", key);
            using var answer = await client.SendAsync(request);
            return answer.StatusCode == HttpStatusCode.OK;
        }
    }

    private static async Task<Founded> FoundAsync(Stage stage, string name)
    {
        var organization = await stage.FoundAsync(name);
        var rules = new LeakRules { ApiKeys = new LeakResponse(LeakAction.Revoke, 60) };
        await stage.AskAsync(
            "UPDATE organizations SET leak_rules = $2::jsonb WHERE id = $1",
            organization.Id, JsonSerializer.Serialize(rules, Words));
        return organization;
    }

    private static async Task<double> TimeAsync(Func<SignedReport, Task<int>> takeAsync, SignedReport batch)
    {
        var start = Stopwatch.GetTimestamp();
        var ours = await takeAsync(batch);
        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return ours == Matches / 2 ? took : throw new InvalidOperationException($"{ours} were ours.");
    }

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
