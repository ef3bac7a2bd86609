using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Writes uses: when each credential was last used, who used it how often on which day, and that a used key is no
/// longer unused, nor its app inactive. All in one transaction and, but for the findings, in one round trip.
/// </summary>
internal static class UsageTable
{
    /// <summary>
    /// How long a row that somebody else holds is waited for. Less than PostgreSQL's deadlock_timeout (1 s), so that in
    /// a deadlock it is never a revocation that is given up, but this, which is tried again.
    /// </summary>
    private const string LimitWaiting = "SET LOCAL lock_timeout = '400ms'";

    /// <summary>
    /// Rows in use are in memory. With the default, which is made for disks that turn, the planner would rather read
    /// the whole table of credentials than look up a thousand of them.
    /// </summary>
    private const string LookUpRows = "SET LOCAL random_page_cost = 1.1";

    /// <summary>
    /// One writer at a time, of all nodes: they touch the same rows in different orders, and the bound on callers is
    /// counted here. The number means nothing; nobody else takes it.
    /// </summary>
    private const string TakeTurns = "SELECT pg_advisory_xact_lock(7263548190)";

    // Parameters: ids, times, addresses, clients.
    private const string UpdateLastUse = """
        UPDATE credentials c
        SET last_used_at = n.at, last_used_address = nullif(n.address, ''), last_used_client = nullif(n.client, '')
        FROM unnest($1, $2, $3, $4) AS n (id, at, address, client)
        WHERE c.id = n.id AND (c.last_used_at IS NULL OR c.last_used_at < n.at)
        """;

    // Parameters: credential ids, days, addresses, clients, services, calls, first and last times; the name of other callers; how
    // many callers of a day get rows. A caller has a row of its own when it has one already, or when there is room
    // beside those that have. A credential that is gone meanwhile takes its uses along.
    private const string InsertUsage = """
        WITH noted AS MATERIALIZED (
            SELECT n.*, c.organization_id, u.credential_id IS NOT NULL OR n.address = $9 AS has_row
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                AS n (credential_id, day, address, client, service, calls, first_at, last_at)
            JOIN credentials c ON c.id = n.credential_id
            LEFT JOIN usage u ON (u.credential_id, u.day, u.address, u.client, u.service)
                = (n.credential_id, n.day, n.address, n.client, n.service)
        ), occupied AS (
            SELECT u.credential_id, u.day, count(*) AS rows
            FROM usage u
            WHERE u.address <> $9
              AND (u.credential_id, u.day) IN (SELECT credential_id, day FROM noted WHERE NOT has_row)
            GROUP BY u.credential_id, u.day
        ), placed AS (
            SELECT n.*, has_row OR coalesce(o.rows, 0)
                + row_number() OVER (PARTITION BY n.credential_id, n.day, has_row ORDER BY n.first_at) <= $10 AS is_own
            FROM noted n LEFT JOIN occupied o USING (credential_id, day)
        )
        INSERT INTO usage AS u
            (credential_id, organization_id, day, address, client, service, calls, first_at, last_at)
        SELECT credential_id, organization_id, day,
               CASE WHEN is_own THEN address ELSE $9 END, CASE WHEN is_own THEN client ELSE $9 END,
               CASE WHEN is_own THEN service ELSE $9 END,
               sum(calls), min(first_at), max(last_at)
        FROM placed
        GROUP BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (credential_id, day, address, client, service) DO UPDATE
        SET calls = u.calls + excluded.calls,
            first_at = least(u.first_at, excluded.first_at),
            last_at = greatest(u.last_at, excluded.last_at)
        """;

    // Parameters: credential ids, permissions, calls, first and last times.
    private const string InsertScopeUses = """
        INSERT INTO scope_uses AS s (credential_id, organization_id, scope, calls, first_at, last_at)
        SELECT n.credential_id, c.organization_id, n.scope, n.calls, n.first_at, n.last_at
        FROM unnest($1, $2, $3, $4, $5) AS n (credential_id, scope, calls, first_at, last_at)
        JOIN credentials c ON c.id = n.credential_id
        ON CONFLICT (credential_id, scope) DO UPDATE
        SET calls = s.calls + excluded.calls,
            first_at = least(s.first_at, excluded.first_at),
            last_at = greatest(s.last_at, excluded.last_at)
        """;

    // Parameters: test ids, addresses, clients, services, calls, first and last times; the name of other callers; how many
    // callers of a test get rows. Bounded as usage is.
    private const string InsertRefusedCalls = """
        WITH noted AS MATERIALIZED (
            SELECT n.*, t.organization_id, r.test_id IS NOT NULL OR n.address = $8 AS has_row
            FROM unnest($1, $2, $3, $4, $5, $6, $7) AS n (test_id, address, client, service, calls, first_at, last_at)
            JOIN test_revocations t ON t.id = n.test_id
            LEFT JOIN refused_calls r ON (r.test_id, r.address, r.client, r.service)
                = (n.test_id, n.address, n.client, n.service)
        ), occupied AS (
            SELECT r.test_id, count(*) AS rows
            FROM refused_calls r
            WHERE r.address <> $8 AND r.test_id IN (SELECT test_id FROM noted WHERE NOT has_row)
            GROUP BY r.test_id
        ), placed AS (
            SELECT n.*, has_row OR coalesce(o.rows, 0)
                + row_number() OVER (PARTITION BY n.test_id, has_row ORDER BY n.first_at) <= $9 AS is_own
            FROM noted n LEFT JOIN occupied o USING (test_id)
        )
        INSERT INTO refused_calls AS r
            (test_id, organization_id, address, client, service, calls, first_at, last_at)
        SELECT test_id, organization_id,
               CASE WHEN is_own THEN address ELSE $8 END, CASE WHEN is_own THEN client ELSE $8 END,
               CASE WHEN is_own THEN service ELSE $8 END,
               sum(calls), min(first_at), max(last_at)
        FROM placed
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (test_id, address, client, service) DO UPDATE
        SET calls = r.calls + excluded.calls,
            first_at = least(r.first_at, excluded.first_at),
            last_at = greatest(r.last_at, excluded.last_at)
        """;

    // Parameters: the rules of API keys and of apps, credential ids.
    private const string SelectFindings = """
        SELECT rule, subject_id FROM findings WHERE rule = $1 AND cleared_at IS NULL AND subject_id = ANY ($3)
        UNION ALL
        SELECT rule, subject_id FROM findings
        WHERE rule = $2 AND cleared_at IS NULL
          AND subject_id IN (SELECT app_id FROM credentials WHERE id = ANY ($3) AND app_id IS NOT NULL)
        """;

    /// <summary>Writes uses and commits.</summary>
    /// <exception cref="NpgsqlException">Nothing was written, or the connection broke during the commit.</exception>
    public static async Task WriteAsync(
        SafetyCenterDb db,
        IReadOnlyList<KeyValuePair<Id<Credential>, CredentialUse>> uses,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var found = await WriteAsync((NpgsqlTransaction)transaction.GetDbTransaction(), uses, cancellationToken);
        foreach (var rule in new[] { FindingRule.UnusedApiKey, FindingRule.InactiveOAuthApp })
        {
            if (found[rule.Name].ToArray() is { Length: > 0 } subjects)
            {
                await Reconciliation.RunAsync(db, rule, Extent.Of(subjects), now, cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Writes who was refused for a test.</summary>
    /// <exception cref="NpgsqlException">Nothing was written, or the connection broke during the commit.</exception>
    public static async Task WriteRefusedAsync(
        NpgsqlDataSource source,
        IReadOnlyDictionary<Id<TestRevocation>, CredentialUse> refused,
        CancellationToken cancellationToken)
    {
        var rows = refused
            .SelectMany(use => use.Value.Callers, (use, row) => (Test: use.Key.Value, Caller: row.Key, Tally: row.Value))
            .ToArray();
        await using var command = source.CreateCommand(InsertRefusedCalls);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            Of(rows.Select(row => row.Test).ToArray()),
            Of(rows.Select(row => row.Caller.Address).ToArray()),
            Of(rows.Select(row => row.Caller.Client).ToArray()),
            Of(rows.Select(row => row.Caller.Service).ToArray()),
            Of(rows.Select(row => row.Tally.Calls).ToArray()),
            Times(rows.Select(row => row.Tally.FirstAt)),
            Times(rows.Select(row => row.Tally.LastAt)),
            Of(Usage.OtherCallers),
            Of(Usage.CallersPerDayMax),
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<ILookup<string, Guid>> WriteAsync(
        NpgsqlTransaction transaction,
        IReadOnlyList<KeyValuePair<Id<Credential>, CredentialUse>> uses,
        CancellationToken cancellationToken)
    {
        var ids = uses.Select(use => use.Key.Value).ToArray();
        var rows = uses
            .SelectMany(use => use.Value.Callers, (use, row) => (Id: use.Key.Value, Caller: row.Key, Tally: row.Value))
            .ToArray();
        var scopes = uses
            .SelectMany(use => use.Value.Scopes, (use, row) => (Id: use.Key.Value, Scope: row.Key, Tally: row.Value))
            .ToArray();
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                Command(LimitWaiting),
                Command(LookUpRows),
                Command(TakeTurns),
                Command(
                    UpdateLastUse,
                    Of(ids),
                    Times(uses.Select(use => use.Value.LastAt)),
                    Of(uses.Select(use => use.Value.LastAddress).ToArray()),
                    Of(uses.Select(use => use.Value.LastClient).ToArray())),
                Command(
                    InsertUsage,
                    Of(rows.Select(row => row.Id).ToArray()),
                    Of(rows.Select(row => row.Caller.Day).ToArray()),
                    Of(rows.Select(row => row.Caller.Address).ToArray()),
                    Of(rows.Select(row => row.Caller.Client).ToArray()),
                    Of(rows.Select(row => row.Caller.Service).ToArray()),
                    Of(rows.Select(row => row.Tally.Calls).ToArray()),
                    Times(rows.Select(row => row.Tally.FirstAt)),
                    Times(rows.Select(row => row.Tally.LastAt)),
                    Of(Usage.OtherCallers),
                    Of(Usage.CallersPerDayMax)),
                Command(
                    InsertScopeUses,
                    Of(scopes.Select(row => row.Id).ToArray()),
                    Of(scopes.Select(row => row.Scope).ToArray()),
                    Of(scopes.Select(row => row.Tally.Calls).ToArray()),
                    Times(scopes.Select(row => row.Tally.FirstAt)),
                    Times(scopes.Select(row => row.Tally.LastAt))),
                Command(
                    SelectFindings,
                    Of(FindingRule.UnusedApiKey.Name),
                    Of(FindingRule.InactiveOAuthApp.Name),
                    Of(ids)),
            },
        };

        // Statements without rows are passed over by the reader, but for the turn, which answers one empty value.
        var found = new List<(string Rule, Guid Subject)>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add((reader.GetString(0), reader.GetGuid(1)));
        }

        return found.ToLookup(finding => finding.Rule, finding => finding.Subject);
    }

    private static NpgsqlBatchCommand Command(string text, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(text);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter<T> Of<T>(T value) => new() { TypedValue = value };

    private static NpgsqlParameter<DateTime[]> Times(IEnumerable<DateTimeOffset> times) => new()
    {
        TypedValue = [.. times.Select(time => time.UtcDateTime)],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
    };
}
