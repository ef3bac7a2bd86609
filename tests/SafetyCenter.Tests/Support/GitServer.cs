using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SafetyCenter.Tests.Support;

/// <summary>Serves a repository as a git host does, through git's own program, on a loopback port without TLS.</summary>
public sealed class GitServer : IAsyncDisposable
{
    private const string Prefix = "/acme/app.git";

    private readonly TestRepository _repository;
    private readonly WebApplication _host;

    private GitServer(TestRepository repository)
    {
        _repository = repository;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _host = builder.Build();
        _host.Run(AnswerAsync);
    }

    /// <summary>Where the repository is.</summary>
    public Uri Url => new(_host.Urls.Single() + Prefix);

    /// <summary>The paths that were asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Who alone may read it, as <c>user:token</c>; null for everybody.</summary>
    public string? Demands { get; set; }

    /// <summary>Whether it only hands out files, as any web server would.</summary>
    public bool IsDumb { get; set; }

    /// <summary>What it does instead of answering.</summary>
    public RequestDelegate? Instead { get; set; }

    public static async Task<GitServer> StartAsync(TestRepository repository)
    {
        var server = new GitServer(repository);
        await server._host.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue(context.Request.Path);
        if (Instead is not null)
        {
            return Instead(context);
        }

        var wanted = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Demands ?? ""))}";
        if (Demands is not null && context.Request.Headers.Authorization != wanted)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
            return Task.CompletedTask;
        }

        if (!context.Request.Path.StartsWithSegments(Prefix, out var rest))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return IsDumb ? HandOutAsync(context, rest) : RunAsync(context, rest);
    }

    private async Task HandOutAsync(HttpContext context, string path)
    {
        _repository.Git("update-server-info");
        var file = new FileInfo(Path.Combine(_repository.Folder, ".git" + path));
        if (!file.Exists)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await context.Response.SendFileAsync(file.FullName);
    }

    /// <summary>The interface between web servers and programs of old (CGI, RFC 3875).</summary>
    private async Task RunAsync(HttpContext context, string path)
    {
        var start = new ProcessStartInfo("git", "http-backend")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var request = context.Request;
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_PROJECT_ROOT"] = _repository.Folder;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["PATH_INFO"] = "/.git" + path;
        start.Environment["REQUEST_METHOD"] = request.Method;
        start.Environment["QUERY_STRING"] = request.QueryString.Value?.TrimStart('?');
        start.Environment["CONTENT_TYPE"] = request.ContentType;
        start.Environment["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding;
        start.Environment["GIT_PROTOCOL"] = request.Headers["Git-Protocol"];
        using var git = Process.Start(start)!;
        await request.Body.CopyToAsync(git.StandardInput.BaseStream);
        git.StandardInput.Close();
        using var answer = new MemoryStream();
        await git.StandardOutput.BaseStream.CopyToAsync(answer);
        var bytes = answer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n"))
        {
            var (name, value) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]);
            if (name == "Status")
            {
                context.Response.StatusCode = int.Parse(value[..3], System.Globalization.CultureInfo.InvariantCulture);
            }
            else
            {
                context.Response.Headers[name] = value;
            }
        }

        await context.Response.Body.WriteAsync(bytes.AsMemory(end + 4));
    }
}
