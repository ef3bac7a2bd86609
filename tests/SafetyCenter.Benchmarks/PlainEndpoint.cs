using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Benchmarks;

[assembly: HostingStartup(typeof(PlainEndpoint))]

namespace SafetyCenter.Benchmarks;

/// <summary>
/// What the product is compared with: an answer of thirteen characters from the same process, before anything of the
/// product's is passed. It is there only where the benchmark starts the product.
/// </summary>
internal sealed class PlainEndpoint : IHostingStartup, IStartupFilter
{
    public const string Path = "/plain";

    private static readonly byte[] Answer = "Hello, World!"u8.ToArray();

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter, PlainEndpoint>());

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(following => context => context.Request.Path.Value == Path ? WriteAsync(context) : following(context));
        next(app);
    };

    private static Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = Answer.Length;
        return context.Response.Body.WriteAsync(Answer, context.RequestAborted).AsTask();
    }
}
