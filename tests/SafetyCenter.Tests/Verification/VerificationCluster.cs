using Microsoft.EntityFrameworkCore;
using SafetyCenter.Tests.Support;
using SafetyCenter.Tests.Verification;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

[assembly: AssemblyFixture(typeof(VerificationCluster))]

namespace SafetyCenter.Tests.Verification;

/// <summary>A PostgreSQL for these tests, migrated once; who asks gets a copy of the migrated database.</summary>
public sealed class VerificationCluster : IAsyncDisposable
{
    private readonly TestPostgres _postgres = new(MigrateAsync);

    /// <summary>The connection string of a new, empty, migrated database.</summary>
    public Task<string> NewDatabaseAsync() => _postgres.NewDatabaseAsync();

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    private static async Task MigrateAsync(string connectionString)
    {
        await using var db = new SafetyCenterDb(
            new DbContextOptionsBuilder<SafetyCenterDb>().UseNpgsql(connectionString).Options,
            new CurrentOrganization(),
            TimeProvider.System,
            new EmailWake(),
            new CredentialsChanged());
        await db.Database.MigrateAsync();
    }
}
