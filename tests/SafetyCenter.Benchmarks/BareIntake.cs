using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// The bare work of taking in a report whose credentials are revoked at once: signature, parsing, checksums, hashing, one
/// look-up, and one batch of statements by hand that write what the product writes, in one commit. No HTTP, no container, no
/// rules, no findings.
/// </summary>
internal sealed class BareIntake(NpgsqlDataSource source, Reporter reporter)
{
    private readonly SecretFormat _format = new();

    private sealed record Seen(Guid Alert, Guid Id, Guid Organization, string Place);

    /// <summary>Takes it in.</summary>
    /// <returns>How many items were ours.</returns>
    public async Task<int> TakeAsync(SignedReport report)
    {
        var hash = SHA256.HashData(report.Body);
        if (!reporter.Key.VerifyHash(
            hash, Convert.FromBase64String(report.Signature), DSASignatureFormat.Rfc3279DerSequence))
        {
            throw new InvalidOperationException("The signature is wrong.");
        }

        using var document = JsonDocument.Parse(report.Body);
        var items = document.RootElement.EnumerateArray()
            .Select(item => (Token: item.GetProperty("token").GetString()!, Place: item.GetProperty("url").GetString()!))
            .ToList();
        var places = new Dictionary<SecretHash, string>();
        foreach (var (token, place) in items)
        {
            foreach (var secret in _format.FindIn(token))
            {
                places[secret.Hash] = place;
            }
        }

        var now = TimeProvider.System.GetUtcNow();
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var ours = await FindAsync(connection, places);
        await WriteAsync(connection, hash, items.Count, ours, [.. places.Keys.Where(key => !ours.ContainsKey(key))], now);
        await transaction.CommitAsync();
        var feedback = JsonSerializer.SerializeToUtf8Bytes(items.Select(item => new
        {
            token_hash = SecretHash.Of(item.Token).ToString(),
            token_type = "safetycenter_api_key",
            label = _format.FindIn(item.Token).Any(secret => ours.ContainsKey(secret.Hash)) ? "true_positive" : "false_positive",
        }));
        return feedback.AsSpan().Count("true_positive"u8);
    }

    private static async Task<Dictionary<SecretHash, Seen>> FindAsync(
        NpgsqlConnection connection, Dictionary<SecretHash, string> places)
    {
        await using var command = new NpgsqlCommand(
            "SELECT hash, id, organization_id FROM credentials WHERE hash = ANY($1)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = places.Keys.Select(hash => hash.ToArray()).ToArray() });
        var ours = new Dictionary<SecretHash, Seen>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var hash = new SecretHash(reader.GetFieldValue<byte[]>(0));
            ours.Add(hash, new Seen(Guid.CreateVersion7(), reader.GetGuid(1), reader.GetGuid(2), places[hash]));
        }

        return ours;
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection,
        byte[] bodyHash,
        int items,
        Dictionary<SecretHash, Seen> ours,
        SecretHash[] strangers,
        DateTimeOffset now)
    {
        var report = Guid.CreateVersion7();
        var seen = ours.Values.OrderBy(one => one.Id).ToList();
        var alerts = seen.Select(one => one.Alert).ToArray();
        var ids = seen.Select(one => one.Id).ToArray();
        var organizations = seen.Select(one => one.Organization).ToArray();
        var fresh = seen.Select(_ => Guid.CreateVersion7()).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        Add(
            """
            INSERT INTO leak_reports (id, channel, reporter, source_name, body_hash, received_at, items, matched)
            VALUES ($1, 'GitHub', 'bare', 'GitHub', $2, $3, $4, $5)
            """,
            report, bodyHash, now, items, ours.Count);
        Add(
            """
            INSERT INTO unmatched_secrets (hash, kind, channel, first_seen_at, last_seen_at, times)
            SELECT hash, 'ApiKey', 'GitHub', $2, $2, 1 FROM unnest($1) AS hash ON CONFLICT DO NOTHING
            """,
            strangers.Select(hash => hash.ToArray()).ToArray(), now);
        Add(
            """
            INSERT INTO alerts (id, organization_id, credential_id, raised_at, raised_by_report_id, severity, is_public, due_at,
                                overdue_told, steps_done)
            SELECT id, organization_id, credential_id, $4, $5, 'Critical', true, $4, 0, 0
            FROM unnest($1, $2, $3) AS seen (id, organization_id, credential_id)
            """,
            alerts, organizations, ids, now, report);
        Add(
            """
            INSERT INTO alert_events (id, organization_id, alert_id, at, kind, report_id)
            SELECT id, organization_id, alert_id, $4, 'Raised', $5
            FROM unnest($1, $2, $3) AS seen (id, organization_id, alert_id)
            """,
            fresh, organizations, alerts, now, report);
        Add(
            """
            INSERT INTO occurrences (id, organization_id, alert_id, place, place_digest, source, is_public, report_id,
                                     first_seen_at, last_seen_at, times)
            SELECT id, organization_id, alert_id, place, digest, 'Commit', true, $6, $7, $7, 1
            FROM unnest($1, $2, $3, $4, $5) AS seen (id, organization_id, alert_id, place, digest)
            """,
            fresh, organizations, alerts, seen.Select(one => one.Place).ToArray(),
            seen.Select(one => SHA256.HashData(Encoding.UTF8.GetBytes(one.Place))).ToArray(), report, now);
        Add("UPDATE credentials SET revoked_at = $2, revoked_because = 'Leaked' WHERE id = ANY($1)", ids, now);
        foreach (var (action, name) in new[] { ("Notification", "leaked"), ("Deleted", "revoked") })
        {
            Add(
                """
                INSERT INTO audit_events (id, organization_id, at, action, name, asset_type, asset_id, asset_name,
                                          actor, actor_name, method, message)
                SELECT event.id, key.organization_id, $3, $4, $5, 'api_key', key.id, key.name,
                    'System', 'SafetyCenter', 'NONE', 'SafetyCenter did something about the API key “' || key.name || '”.'
                FROM unnest($1, $2) AS event (id, credential_id) JOIN credentials key ON key.id = event.credential_id
                """,
                seen.Select(_ => Guid.CreateVersion7()).ToArray(), ids, now, action, name);
        }

        Add(
            """
            INSERT INTO emails
                (id, organization_id, kind, subject_id, recipient, event_key, created_at, attempts, next_attempt_at)
            VALUES ($1, $2, 'Test', $1, 'nobody@bare.example', $3, $4, 0, NULL)
            """,
            report, organizations[0], $"bare:{report}", now);
        await batch.ExecuteNonQueryAsync();

        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            batch.BatchCommands.Add(command);
        }
    }
}
