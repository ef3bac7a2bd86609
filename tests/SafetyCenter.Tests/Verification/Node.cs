using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Verification;

/// <summary>A process of the program, as far as verification goes, on a real socket. Several share a database.</summary>
internal sealed class Node : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private Node(WebApplication app, StatementLog statements)
    {
        _app = app;
        _http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Statements = statements;
    }

    /// <summary>What verification asked the database.</summary>
    public StatementLog Statements { get; }

    public CredentialDirectory Directory => _app.Services.GetRequiredService<CredentialDirectory>();

    public UsageFlusher Flusher => _app.Services.GetRequiredService<UsageFlusher>();

    public static async Task<Node> StartAsync(
        string connectionString, TimeProvider? time = null, bool listening = true)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var statements = new StatementLog();
        builder.Services.AddLogging();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<NpgsqlDataSource>(_ =>
        {
            var source = new NpgsqlDataSourceBuilder(connectionString);
            source.UseLoggerFactory(LoggerFactory.Create(logging => logging.AddProvider(statements)));
            return source.Build();
        });
        builder.Services.AddDbContext<SafetyCenterDb>((services, options) =>
            options.UseNpgsql(services.GetRequiredService<NpgsqlDataSource>()));
        builder.Services.Configure<IdentityOptions>(
            options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3);
        builder.Services.AddScoped<CurrentOrganization>();
        builder.Services.AddScoped<Actor>();
        builder.Services.AddSingleton<EmailWake>();
        builder.Services.AddVerification();
        var app = builder.Build();
        app.UseRouting();
        app.MapVerification();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var node = new Node(app, statements);
        if (listening)
        {
            await UntilAsync(() => node.Directory.IsTrusted, "the node listens");
        }

        return node;
    }

    /// <summary>Polls a condition that must become true.</summary>
    public static Task UntilAsync(Func<bool> condition, string what) =>
        UntilAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"It never happened that {what}.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Asks like a gateway that passes on the headers of a call.</summary>
    public Task<HttpResponseMessage> VerifyAsync(
        Secret? apiKey, Secret? applicationKey = null, string userAgent = "test/1.0") =>
        SendAsync("/verify", apiKey?.Reveal(), applicationKey?.Reveal(), userAgent);

    public async Task<HttpStatusCode> StatusAsync(Secret? apiKey, Secret? applicationKey = null)
    {
        using var response = await VerifyAsync(apiKey, applicationKey);
        return response.StatusCode;
    }

    public Task<HttpResponseMessage> SendAsync(
        string path, string? apiKey = null, string? applicationKey = null, string userAgent = "test/1.0")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        if (apiKey is not null)
        {
            request.Headers.TryAddWithoutValidation("DD-API-KEY", apiKey);
        }

        if (applicationKey is not null)
        {
            request.Headers.TryAddWithoutValidation("DD-APPLICATION-KEY", applicationKey);
        }

        return SendAsync(request);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        _http.SendAsync(request, TestContext.Current.CancellationToken);

    /// <summary>Works with the database as the program does, in a scope of its own.</summary>
    public async Task<T> WithDbAsync<T>(Func<SafetyCenterDb, Task<T>> work)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<SafetyCenterDb>());
    }

    public Task FlushAsync() => Flusher.FlushAsync(TestContext.Current.CancellationToken);

    /// <summary>A plain statement, past the program: what an operator or another program might do.</summary>
    public async Task<object?> SqlAsync(string sql, params object[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private string ConnectionString => _app.Services.GetRequiredService<NpgsqlDataSource>().ConnectionString;
}

/// <summary>Counts the questions about secrets among the statements that a data source executed.</summary>
internal sealed class StatementLog : ILoggerProvider, ILogger
{
    private int _lookUps;

    public int LookUps => Volatile.Read(ref _lookUps);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        if (line.StartsWith("Command execution completed", StringComparison.Ordinal)
            && line.Contains("WHERE c.hash = $1", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _lookUps);
        }
    }

    public void Dispose()
    {
    }
}
