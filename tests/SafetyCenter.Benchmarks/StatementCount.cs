using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Benchmarks;

[assembly: HostingStartup(typeof(StatementCount))]

namespace SafetyCenter.Benchmarks;

/// <summary>
/// How many SQL statements a request of the product made: of one that was sent with a <c>traceparent</c> that says that it is
/// to be recorded. Other requests are not listened to.
/// </summary>
internal sealed class StatementCount : IHostingStartup, IStartupFilter, IDisposable
{
    private const string Path = "/statements/";

    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly ActivityListener _listener;

    public StatementCount()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is not null)
                {
                    _counts.AddOrUpdate(activity.TraceId.ToString(), 1, (_, count) => count + 1);
                }
            },
        };
    }

    /// <summary>The trace of a request whose statements are counted.</summary>
    public static string NewTrace() => ActivityTraceId.CreateRandom().ToString();

    /// <summary>What a request of that trace sends.</summary>
    public static string TraceParent(string trace) => $"00-{trace}-{ActivitySpanId.CreateRandom()}-01";

    /// <summary>How many statements it made.</summary>
    public static async Task<int> OfAsync(HttpClient client, Served server, string trace) => int.Parse(
        await client.GetStringAsync(new Uri(server.Address, Path + trace)), CultureInfo.InvariantCulture);

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter, StatementCount>());

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        ActivitySource.AddActivityListener(_listener);
        app.Use(following => context => context.Request.Path.Value is { } path && path.StartsWith(Path, StringComparison.Ordinal)
            ? context.Response.WriteAsync($"{_counts.GetValueOrDefault(path[Path.Length..])}", context.RequestAborted)
            : following(context));
        next(app);
    };

    public void Dispose() => _listener.Dispose();
}
