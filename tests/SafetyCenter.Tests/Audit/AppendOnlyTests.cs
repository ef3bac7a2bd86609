using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Audit;

/// <summary>What stands in the audit trail stays as it is, and no secret is ever in it.</summary>
public sealed class AppendOnlyTests(App app) : IClassFixture<App>
{
    [Theory]
    [InlineData("UPDATE audit_events SET message = 'nothing happened'")]
    [InlineData("DELETE FROM audit_events")]
    [InlineData("TRUNCATE audit_events")]
    [InlineData("TRUNCATE organizations CASCADE")]
    [InlineData("INSERT INTO audit_events SELECT * FROM audit_events ON CONFLICT (id) DO UPDATE SET message = ''")]
    public async Task The_database_refuses_to_change_it(string sql)
    {
        var organization = await app.CreateOrganizationAsync($"Kept {Guid.NewGuid():N}");
        var before = (await app.EventsAsync(organization)).Select(row => row.Message).ToList();
        Assert.NotEmpty(before);

        // With the connection of the product itself, and with one of somebody else.
        var byProduct = await Assert.ThrowsAsync<PostgresException>(() =>
            app.InScopeAsync(async db => { await db.Database.ExecuteSqlRawAsync(sql); }));
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand(sql);
        var byOther = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.All([byProduct, byOther], refused =>
        {
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
            Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
        });
        Assert.Equal(before, (await app.EventsAsync(organization)).Select(row => row.Message));
    }

    [Fact]
    public async Task Nor_does_the_product_find_a_way_through_its_own_model()
    {
        var organization = await app.CreateOrganizationAsync("Kept by the model");
        var before = (await app.EventsAsync(organization)).Select(row => row.Message).ToList();
        await RefusedAsync(async db =>
        {
            db.Remove(await FirstAsync(db));
            await db.SaveChangesAsync();
        });
        await RefusedAsync(async db =>
        {
            db.Entry(await FirstAsync(db)).Property(row => row.Message).CurrentValue = "nothing happened";
            await db.SaveChangesAsync();
        });
        await RefusedAsync(db => db.AuditEvents.IgnoreQueryFilters().ExecuteDeleteAsync());
        await RefusedAsync(db => db.AuditEvents.IgnoreQueryFilters()
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Message, "nothing happened")));

        // Nor by way of what it belongs to.
        await RefusedAsync(async db =>
        {
            await db.Organizations.Where(row => row.Id == organization.Id).ExecuteDeleteAsync();
        });
        Assert.Equal(before, (await app.EventsAsync(organization)).Select(row => row.Message));

        async Task RefusedAsync(Func<Web.Data.SafetyCenterDb, Task> act)
        {
            var refused = await Record.ExceptionAsync(() => app.InScopeAsync(act));
            var reason = Assert.IsType<PostgresException>(refused!.GetBaseException());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, reason.SqlState);
        }

        Task<AuditEvent> FirstAsync(Web.Data.SafetyCenterDb db) => db.AuditEvents
            .IgnoreQueryFilters([CurrentOrganization.Filter])
            .FirstAsync(row => row.OrganizationId == organization.Id);
    }

    [Fact]
    public async Task No_secret_and_no_hash_is_in_it()
    {
        var organization = await app.CreateOrganizationAsync("Silent");
        var admin = ApiCaller.AdminOf(app, organization);
        var made = await admin.PostAsync("/api/v2/api_keys", "api_keys", new { name = "ci" });
        await admin.PatchAsync($"/api/v2/api_keys/{made.Id}", "api_keys", made.Id, new { name = "ci 2" });
        await app.IssueApplicationKeyAsync(organization.Admin, "tool", "api_keys_read");
        await app.ReportAsync(app.IssuedSecrets.Select(secret => new Match(secret)).ToArray());
        await app.AssertKeepsNoSecretAsync();

        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("SELECT string_agg(to_jsonb(t)::text, ' ') FROM audit_events t");
        var trail = (string)(await command.ExecuteScalarAsync())!;
        Assert.Contains("ci 2", trail, StringComparison.Ordinal);
        Assert.NotEmpty(app.IssuedSecrets);
        Assert.All(app.IssuedSecrets, secret => Assert.DoesNotContain(secret, trail, StringComparison.OrdinalIgnoreCase));
        Assert.All(await app.RowsAsync<Credential>(), credential =>
        {
            Assert.DoesNotContain(Convert.ToHexStringLower(credential.Hash!), trail, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(credential.Hash!), trail, StringComparison.Ordinal);
        });
    }
}
