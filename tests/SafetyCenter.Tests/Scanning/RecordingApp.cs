using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>The product with a clock that a test moves; it writes down every report that it is sent.</summary>
public sealed class RecordingApp : App
{
    private readonly ConcurrentQueue<string> _reports = [];

    public RecordingApp(TestPostgres postgres)
        : this(postgres, new ManualClock())
    {
    }

    private RecordingApp(TestPostgres postgres, ManualClock clock)
        : base(postgres, clock) => Time = clock;

    public ManualClock Time { get; }

    /// <summary>The bodies of the reports since the last time that somebody asked, as they came over the wire.</summary>
    public List<string> TakeReports()
    {
        var taken = new List<string>();
        while (_reports.TryDequeue(out var body))
        {
            taken.Add(body);
        }

        return taken;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new Recorder(_reports)));
    }

    private sealed class Recorder(ConcurrentQueue<string> reports) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                if (context.Request.Path.StartsWithSegments("/api/v2/safety_center/leak_reports"))
                {
                    context.Request.EnableBuffering();
                    using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
                    reports.Enqueue(await reader.ReadToEndAsync(context.RequestAborted));
                    context.Request.Body.Position = 0;
                }

                await rest(context);
            });
            next(app);
        };
    }
}
