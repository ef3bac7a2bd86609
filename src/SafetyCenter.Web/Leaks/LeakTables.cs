using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// The statements of the intake, each for a whole report: their number does not grow with it. Rows are written in
/// the order of their keys, so that reports that come at once wait for each other and never in a circle.
/// </summary>
internal sealed partial class LeakTables(SafetyCenterDb db)
{
    /// <summary>
    /// Which of these hashes are of credentials that we issued; also what is revoked, and tokens that are gone.
    /// </summary>
    public async Task<Dictionary<SecretHash, IssuedCredential>> FindIssuedAsync(
        IReadOnlyDictionary<SecretHash, SecretKind?> hashes,
        Id<Organization>? organizationId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var issued = new Dictionary<SecretHash, IssuedCredential>();
        if (hashes.Count == 0)
        {
            return issued;
        }

        // As objects, or C# would take an array for the list of parameters.
        object all = hashes.Keys.Select(hash => hash.ToArray()).ToArray();
        object tokens = hashes.Where(pair => pair.Value is null or SecretKind.OAuthAccessToken or SecretKind.OAuthRefreshToken)
            .Select(pair => pair.Key.ToArray()).ToArray();
        await using var command = db.Command(
            """
            SELECT c.hash, c.id, c.organization_id, c.kind,
                   c.revoked_at IS NULL AND (c.expires_at > $3) IS NOT FALSE AND (c.retire_at > $3) IS NOT FALSE,
                   c.scopes, c.last_used_at, c.kind = 'client_token'
            FROM credentials c WHERE c.hash = ANY($1) AND (c.organization_id = $4) IS NOT FALSE
            UNION ALL
            SELECT t.hash, g.id, g.organization_id, g.kind, g.revoked_at IS NULL, g.scopes, g.last_used_at,
                   t.expires_at <= $3 OR t.ended_at IS NOT NULL OR t.used_at IS NOT NULL
            FROM oauth_tokens t JOIN credentials g ON g.id = t.grant_id
            WHERE t.hash = ANY($2) AND (g.organization_id = $4) IS NOT FALSE
            UNION ALL
            SELECT r.hash, g.id, g.organization_id, g.kind, g.revoked_at IS NULL, g.scopes, g.last_used_at, true
            FROM retired_tokens r JOIN credentials g ON g.id = r.grant_id
            WHERE r.hash = ANY($2) AND (g.organization_id = $4) IS NOT FALSE
            """,
            all, tokens, now, (object?)organizationId?.Value ?? DBNull.Value);
        command.Parameters[3].DataTypeName = "uuid";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            issued.Add(
                new SecretHash(reader.GetFieldValue<byte[]>(0)),
                new IssuedCredential
                {
                    Id = new Id<Credential>(reader.GetGuid(1)),
                    OrganizationId = new Id<Organization>(reader.GetGuid(2)),
                    Kind = reader.GetString(3),
                    IsActive = reader.GetBoolean(4),
                    Scopes = reader.IsDBNull(5) ? null : reader.GetFieldValue<string[]>(5),
                    LastUsedAt = reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
                    IsHarmless = reader.GetBoolean(7),
                });
        }

        return issued;
    }

    /// <summary>How each organization answers leaks.</summary>
    public Task<Dictionary<Id<Organization>, LeakRules>> RulesOfAsync(
        IEnumerable<Id<Organization>> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToArray();
        return db.Organizations.AsNoTracking()
            .Where(organization => wanted.Contains(organization.Id))
            .Select(organization => new { organization.Id, organization.LeakRules })
            .ToDictionaryAsync(row => row.Id, row => row.LeakRules, cancellationToken);
    }

    /// <summary>
    /// Remembers a delivery. Of two that come at once with the same body, the second waits for the first.
    /// </summary>
    /// <returns>False when the reporter sent this body before.</returns>
    public async Task<bool> RememberAsync(
        Id<LeakReport> id,
        Delivery delivery,
        int items,
        int matched,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = db.Command(
            """
            INSERT INTO leak_reports
                (id, channel, reporter, source_name, organization_id, body_hash, received_at, items, matched)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (reporter, body_hash) DO NOTHING
            """,
            id.Value, delivery.Channel.ToString(), delivery.Reporter, delivery.SourceName,
            (object?)delivery.OrganizationId?.Value ?? DBNull.Value, delivery.BodyHash, now, items, matched);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>The delivery that is remembered for this body.</summary>
    public async Task<Id<LeakReport>> ReportOfAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        await using var command = db.Command(
            "SELECT id FROM leak_reports WHERE reporter = $1 AND body_hash = $2", delivery.Reporter, delivery.BodyHash);
        return new Id<LeakReport>((Guid)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>Remembers what looks like ours and was never issued here.</summary>
    public async Task NoteUnmatchedAsync(
        IReadOnlyList<(SecretHash Hash, SecretKind? Kind)> unmatched,
        LeakChannel channel,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (unmatched.Count == 0)
        {
            return;
        }

        await using var command = db.Command(
            """
            INSERT INTO unmatched_secrets (hash, kind, channel, first_seen_at, last_seen_at, times)
            SELECT hash, kind, $3, $4, $4, 1 FROM unnest($1, $2) AS secret (hash, kind) ORDER BY hash
            ON CONFLICT (hash) DO UPDATE SET
                channel = excluded.channel, last_seen_at = excluded.last_seen_at, times = unmatched_secrets.times + 1,
                kind = coalesce(unmatched_secrets.kind, excluded.kind)
            """,
            unmatched.Select(secret => secret.Hash.ToArray()).ToArray(),
            unmatched.Select(secret => secret.Kind?.ToString()).ToArray(),
            channel.ToString(),
            now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Waits for actions on these organizations that are under way, and lets no other begin: whoever revokes a key
    /// holds its organization's lock. Reports that revoke nothing do not hinder each other here, and uses of keys are not
    /// hindered at all.
    /// </summary>
    public async Task HoldActionsAsync(
        IEnumerable<Id<Organization>> ids, bool revokes, CancellationToken cancellationToken)
    {
        await using var command = db.Command(
            $"SELECT 1 FROM organizations WHERE id = ANY($1) ORDER BY id FOR {(revokes ? "UPDATE" : "KEY SHARE")}",
            ids.Select(id => id.Value).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
