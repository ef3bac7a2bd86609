using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Tests.Scanning;

/// <summary>The product with a clock that a test moves, and with servers on this machine allowed or not.</summary>
public abstract class RepositoriesApp : App
{
    private protected RepositoriesApp(TestPostgres postgres, ManualClock clock, bool allowsPrivate)
        : base(postgres, clock, mail: null, ("Leaks:Repositories:AllowPrivateAddresses", $"{allowsPrivate}")) => Time = clock;

    public ManualClock Time { get; }

    /// <summary>Where names lead.</summary>
    public Dictionary<string, IPAddress> Names { get; } = [];

    /// <summary>An admin adds a repository through the page.</summary>
    public static async Task<HttpResponseMessage> AddAsync(
        HttpClient admin, TestOrganization organization, string url, params (string Name, string Value)[] fields) =>
        await admin.PostFormAsync(Page(organization), "Add repository", [("url", url), .. fields]);

    /// <summary>The page of an organization's repositories.</summary>
    public static string Page(TestOrganization organization) => organization.SafetyCenter("configuration/repositories");

    /// <summary>Looks into whatever is due.</summary>
    /// <returns>What the job says of it.</returns>
    public async Task<string> LookAsync() => $"{await RunAsync<WatchRepositories>()}";

    /// <summary>What one test watches is no other's work.</summary>
    public Task StopWatchingAsync() => InScopeAsync(async db =>
    {
        foreach (var row in await RowsAsync<WatchedRepository>())
        {
            db.Attach(row).Entity.Delete(Now);
        }

        await db.SaveChangesAsync();
    });

    /// <summary>The row of the only repository of an organization.</summary>
    public async Task<WatchedRepository> RepositoryOfAsync(TestOrganization organization) =>
        Assert.Single(await RowsAsync<WatchedRepository>(all => all.Where(row => row.OrganizationId == organization.Id)));

    /// <summary>Where its credential of this id was seen.</summary>
    public async Task<List<Occurrence>> PlacesOfAsync(IssuedKey key)
    {
        var alerts = await RowsAsync<Alert>(all => all.Where(alert => alert.CredentialId == key.Id));
        var ids = alerts.Select(alert => alert.Id).ToList();
        return await RowsAsync<Occurrence>(all => all.Where(place => ids.Contains(place.AlertId)).OrderBy(place => place.Place));
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureTestServices(services => services.AddSingleton<ResolveHost>((host, cancellation) =>
            Names.TryGetValue(host, out var address)
                ? Task.FromResult(new[] { address })
                : Dns.GetHostAddressesAsync(host, cancellation)));
    }
}

/// <summary>The operator allows servers in private networks.</summary>
public sealed class WatchingApp(TestPostgres postgres) : RepositoriesApp(postgres, new ManualClock(), allowsPrivate: true);

/// <summary>As installed.</summary>
public sealed class CarefulApp(TestPostgres postgres) : RepositoriesApp(postgres, new ManualClock(), allowsPrivate: false);
