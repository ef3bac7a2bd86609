using System.Text;
using Npgsql;

namespace SafetyCenter.Tests.Support;

/// <summary>Looks for plain secrets where none may be: in everything that was logged, and in every row of every table.</summary>
public static class SecretSweep
{
    /// <summary>Fails when a secret that was issued in this app, or planted, is found.</summary>
    public static async Task AssertKeepsNoSecretAsync(this App app)
    {
        var secrets = app.IssuedSecrets.Distinct().ToList();
        var log = app.Log.ToString();
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.OrdinalIgnoreCase));
        foreach (var (table, rows) in await ReadTablesAsync(app.ConnectionString))
        {
            Assert.All(secrets, secret =>
            {
                Assert.False(rows.Contains(secret, StringComparison.OrdinalIgnoreCase), $"A secret is in {table}.");

                // A bytea column is shown as hex digits.
                var bytes = Convert.ToHexStringLower(Encoding.ASCII.GetBytes(secret));
                Assert.False(rows.Contains(bytes, StringComparison.Ordinal), $"A secret's bytes are in {table}.");
            });
        }
    }

    private static async Task<List<(string Table, string Rows)>> ReadTablesAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        var tables = await TextsAsync(
            connection,
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')");
        var contents = new List<(string, string)>();
        foreach (var table in tables)
        {
            var rows = await TextsAsync(connection, $"SELECT to_jsonb(t)::text FROM {table} t");
            contents.Add((table, string.Join('\n', rows)));
        }

        return contents;
    }

    private static async Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
