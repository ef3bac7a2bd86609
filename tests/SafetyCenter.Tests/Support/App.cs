using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// The whole product on a loopback port, with a database, a data folder and a key server of its own. Take it as a class
/// fixture (<c>IClassFixture&lt;App&gt;</c>), or start one with <see cref="StartAsync"/> to choose its clock, its mail
/// server or its settings. Jobs do not run by themselves: see <see cref="RunAsync{T}"/>.
/// </summary>
public class App : WebApplicationFactory<Program>, IAsyncLifetime
{
    private readonly TestPostgres? _postgres;
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly Dictionary<string, string> _settings = new() { ["Demo:Enabled"] = "false" };
    private readonly ConcurrentBag<string> _secrets = [];
    private readonly ConcurrentQueue<string> _refusals = [];
    private KeyServer? _gitHub;
    private HttpClient? _visitor;

    public App(TestPostgres postgres) => _postgres = postgres;

    internal App(
        TestPostgres postgres, TimeProvider clock, SmtpSink? mail = null, params (string Name, string Value)[] settings)
        : this(postgres)
    {
        _clock = clock;
        Mail = mail;
        if (mail is not null)
        {
            _settings["Smtp:Host"] = "127.0.0.1";
            _settings["Smtp:Port"] = $"{mail.Port}";
            _settings["Smtp:Tls"] = "None";
        }

        foreach (var (name, value) in settings)
        {
            _settings[name] = value;
        }
    }

    private App(string connectionString) => ConnectionString = connectionString;

    /// <summary>The mail server that it was given.</summary>
    internal SmtpSink? Mail { get; }

    /// <summary>Stands in for GitHub: publishes keys, and signs reports with them.</summary>
    public KeyServer GitHub => _gitHub ?? throw new InvalidOperationException("The app was not started yet.");

    /// <summary>Everything that was logged, at any level from Debug on.</summary>
    public CollectedLog Log { get; } = new();

    /// <summary>The product's clock.</summary>
    public TimeProvider Clock => _clock;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public string ConnectionString { get; private set; } = "";

    /// <summary>The product's data folder; emails lie in <c>mail</c> unless a mail server was given.</summary>
    public string DataFolder { get; } =
        Path.Combine(Path.GetTempPath(), $"safetycenter-tests-{Guid.NewGuid():N}");

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>A visitor nobody knows, for programs: reports, calls, health checks.</summary>
    public HttpClient Visitor => _visitor ?? throw new InvalidOperationException("The app was not started yet.");

    /// <summary>The plain text of every key that was issued through <see cref="People"/>.</summary>
    public IReadOnlyCollection<string> IssuedSecrets => _secrets;

    /// <summary>Every answer to <see cref="Visitor"/> and <see cref="NewClient"/> that refused something.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>Starts an app of one's own; dispose of it.</summary>
    public static async Task<App> StartAsync(
        TestPostgres postgres,
        TimeProvider? clock = null,
        SmtpSink? mail = null,
        params (string Name, string Value)[] settings)
    {
        var app = new App(postgres, clock ?? TimeProvider.System, mail, settings);
        try
        {
            await app.InitializeAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>A second instance on the database of another.</summary>
    public static async Task<App> JoinAsync(App other)
    {
        var app = new App(other.ConnectionString);
        await app.InitializeAsync();
        return app;
    }

    /// <summary>Gives a database its schema as the product does: by starting on it.</summary>
    internal static async Task MigrateAsync(string connectionString)
    {
        await using var app = new App(connectionString);
        await app.InitializeAsync();
    }

    public async ValueTask InitializeAsync()
    {
        _gitHub = await KeyServer.StartAsync();
        if (_postgres is not null)
        {
            ConnectionString = await _postgres.NewDatabaseAsync();
        }

        UseKestrel(0);
        StartServer();
        _visitor = NewClient();
    }

    /// <summary>Adds a plain text to those that must be found nowhere.</summary>
    public void Plant(string secret) => _secrets.Add(secret);

    /// <summary>A visitor of their own: keeps cookies, follows no redirect.</summary>
    public HttpClient NewClient() =>
        new(new Refusals(_refusals)) { BaseAddress = Address };

    /// <summary>A visitor who has signed in through the page.</summary>
    public async Task<HttpClient> SignedInAsync(Person person)
    {
        var client = NewClient();
        await client.SignInAsync(person.Email, person.Password);
        return client;
    }

    /// <summary>Does something inside the product, with services of a scope that ends with it.</summary>
    public async Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> action)
    {
        await using var scope = Services.CreateAsyncScope();
        return await action(scope.ServiceProvider);
    }

    /// <summary>
    /// Asks or changes the database. Queries see every organization: the filter is set by requests alone, so ask with
    /// <c>IgnoreQueryFilters()</c>, or through <see cref="RowsAsync{T}"/>.
    /// </summary>
    public Task<T> InScopeAsync<T>(Func<SafetyCenterDb, Task<T>> action) =>
        InScopeAsync(services => action(services.GetRequiredService<SafetyCenterDb>()));

    /// <inheritdoc cref="InScopeAsync{T}(Func{SafetyCenterDb, Task{T}})"/>
    public Task InScopeAsync(Func<SafetyCenterDb, Task> action) =>
        InScopeAsync(async (SafetyCenterDb db) =>
        {
            await action(db);
            return true;
        });

    /// <summary>All rows of all organizations that a question leaves, untracked.</summary>
    public Task<List<T>> RowsAsync<T>(Func<IQueryable<T>, IQueryable<T>>? question = null)
        where T : class =>
        InScopeAsync((SafetyCenterDb db) =>
        {
            var all = db.Set<T>().IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking();
            return (question?.Invoke(all) ?? all).ToListAsync();
        });

    /// <summary>The rows of all emails, sent or not, oldest first.</summary>
    public Task<List<Email>> EmailsAsync(EmailKind? kind = null) =>
        RowsAsync<Email>(emails => emails
            .Where(email => kind == null || email.Kind == kind)
            .OrderBy(email => email.CreatedAt).ThenBy(email => email.Recipient));

    /// <summary>Waits until that many emails have come into the folder in all, and reads them, oldest first.</summary>
    public async Task<IReadOnlyList<SmtpSink.Mail>> WaitForLettersAsync(int count)
    {
        await Eventually.IsTrueAsync(() => EmailFiles().Count() >= count, $"{count} letters in the folder");
        return EmailsInFolder();
    }

    /// <summary>The emails that have come into the folder, oldest first.</summary>
    public IReadOnlyList<SmtpSink.Mail> EmailsInFolder() =>
        [.. EmailFiles().Order(StringComparer.Ordinal).Select(SmtpSink.Mail.FromFile)];

    /// <summary>Runs one job now.</summary>
    /// <returns>Its summary.</returns>
    public Task<object> RunAsync<T>()
        where T : IScheduled =>
        InScopeAsync(services => services.GetRequiredService<T>().RunAsync(CancellationToken.None));

    public override async ValueTask DisposeAsync()
    {
        _visitor?.Dispose();
        await base.DisposeAsync();
        if (_gitHub is not null)
        {
            await _gitHub.DisposeAsync();
        }

        try
        {
            // After its end, when everything was written that ever will be.
            await this.AssertKeepsNoSecretAsync();
        }
        finally
        {
            if (Directory.Exists(DataFolder))
            {
                Directory.Delete(DataFolder, recursive: true);
            }

            if (_postgres is not null && ConnectionString.Length > 0)
            {
                await _postgres.DropAsync(ConnectionString);
            }
        }

        GC.SuppressFinalize(this);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        _settings["ConnectionStrings:SafetyCenter"] = ConnectionString;
        _settings["Data:Folder"] = DataFolder;
        _settings["Leaks:GitHub:PublicKeysUrl"] = GitHub.Url.ToString();
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureLogging(logging => logging
            .ClearProviders()
            .AddProvider(Log)
            .AddFilter<CollectedLog>(null, LogLevel.Debug));
        builder.ConfigureTestServices(services =>
        {
            services.Replace(ServiceDescriptor.Singleton(_clock));

            // A password is made slow to guess; hundreds of tests have nothing to guess.
            services.Configure<PasswordHasherOptions>(options => options.IterationCount = 1_000);
            RemoveScheduler(services);
        });
    }

    private IEnumerable<string> EmailFiles()
    {
        var folder = Path.Combine(DataFolder, "mail");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.eml") : [];
    }

    // Tests run jobs themselves, when they mean to.
    private static void RemoveScheduler(IServiceCollection services)
    {
        var scheduler = services.Single(service => service.ImplementationType == typeof(ScheduleRunner));
        services.Remove(scheduler);
    }
}
