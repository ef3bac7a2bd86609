using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// Looks for plain secrets where none may be: in all that was logged, in every row of every table, in every email, whether it
/// went into the folder or to a mail server, and in every answer that refused something. Each app is swept when it ends, so in
/// the end the whole suite was.
/// </summary>
public static class SecretSweep
{
    /// <summary>Fails when a secret that was issued in this app, or planted, is found.</summary>
    public static async Task AssertKeepsNoSecretAsync(this App app)
    {
        // A client token is public by design: its value stays visible.
        var secrets = app.IssuedSecrets.Distinct().Where(secret => !secret.StartsWith("pub", StringComparison.Ordinal)).ToList();
        if (secrets.Count == 0)
        {
            return;
        }

        // A bytea column is shown as hex digits.
        var wanted = SearchValues.Create(
            [.. secrets, .. secrets.Select(secret => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(secret)))],
            StringComparison.OrdinalIgnoreCase);

        // What callers put into an address is told by the host below the level that our settings let through.
        AssertNone("the log", string.Join('\n', app.Log.Lines
            .Where(line => line.Category != "Microsoft.AspNetCore.Hosting.Diagnostics" || line.Level >= LogLevel.Warning)
            .Select(line => line.Text)));
        AssertNone("an answer that refused something", string.Join('\n', app.Refusals));
        foreach (var email in app.EmailsInFolder().Concat(app.Mail?.Mails ?? []))
        {
            AssertNone("an email", $"{email.Raw}\n{email.Text}\n{email.Html}");
        }

        foreach (var (table, rows) in await ReadTablesAsync(app.ConnectionString))
        {
            AssertNone(table, rows);
        }

        void AssertNone(string place, string text) =>
            Assert.False(text.AsSpan().ContainsAny(wanted), $"A secret is in {place}.");
    }

    /// <summary>Everything in the database, as text, table by table; in one question.</summary>
    private static async Task<List<(string Table, string Rows)>> ReadTablesAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        var questions = await PairsAsync(
            connection,
            """
            SELECT tablename::text,
                   format('SELECT %L, coalesce(string_agg(to_jsonb(t)::text, E''\n''), '''') FROM %I t', tablename, tablename)
            FROM pg_tables WHERE schemaname = 'public'
            """);
        return await PairsAsync(connection, string.Join(" UNION ALL ", questions.Select(question => question.Second)));
    }

    private static async Task<List<(string First, string Second)>> PairsAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var pairs = new List<(string, string)>();
        while (await reader.ReadAsync())
        {
            pairs.Add((reader.GetString(0), reader.GetString(1)));
        }

        return pairs;
    }
}
