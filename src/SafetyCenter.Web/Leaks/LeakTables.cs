using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Leaks;

/// <summary>An alert that did not exist before, on a credential that still opens something.</summary>
/// <param name="OrganizationId">Whose credential it is.</param>
/// <param name="OwnerEmail">The person for whom it acts; null for API keys and service accounts.</param>
internal sealed record RaisedAlert(Id<Organization> OrganizationId, string? OwnerEmail);

/// <summary>
/// The statements of the intake, each for a whole report: their number does not grow with it. Rows are written in
/// the order of their keys, so that reports that come at once wait for each other and never in a circle.
/// </summary>
internal sealed class LeakTables(SafetyCenterDb db)
{
    /// <summary>Which of these hashes are of credentials that we issued; revoked ones included.</summary>
    public async Task<Dictionary<SecretHash, IssuedCredential>> FindIssuedAsync(
        IReadOnlyList<SecretHash> hashes, CancellationToken cancellationToken)
    {
        var issued = new Dictionary<SecretHash, IssuedCredential>();
        if (hashes.Count == 0)
        {
            return issued;
        }

        // As an object, or C# would take the array for the list of parameters.
        object wanted = hashes.Select(hash => hash.ToArray()).ToArray();
        await using var command = Command(
            "SELECT hash, id, organization_id, kind = 'client_token' FROM credentials WHERE hash = ANY($1)", wanted);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            issued.Add(
                new SecretHash(reader.GetFieldValue<byte[]>(0)),
                new IssuedCredential(
                    new Id<Credential>(reader.GetGuid(1)),
                    new Id<Organization>(reader.GetGuid(2)),
                    IsPublic: reader.GetBoolean(3)));
        }

        return issued;
    }

    /// <summary>
    /// Remembers a delivery. Of two that come at once with the same body, the second waits for the first.
    /// </summary>
    /// <returns>False when the reporter sent this body before.</returns>
    public async Task<bool> RememberAsync(
        Id<LeakReport> id,
        string reporter,
        byte[] bodyHash,
        int items,
        int matched,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            INSERT INTO leak_reports (id, reporter, body_hash, received_at, items, matched)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (reporter, body_hash) DO NOTHING
            """,
            id.Value, reporter, bodyHash, now, items, matched);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Waits for actions on these organizations that are under way, and lets no other begin: whoever revokes a key
    /// holds its organization's lock. Reports do not hinder each other here, and uses of keys are not hindered at all.
    /// </summary>
    public async Task HoldActionsAsync(IEnumerable<Id<Organization>> ids, CancellationToken cancellationToken)
    {
        await using var command = Command(
            "SELECT 1 FROM organizations WHERE id = ANY($1) ORDER BY id FOR KEY SHARE",
            ids.Select(id => id.Value).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Raises an alert for each credential that has none, for revoked ones too: that is history worth keeping. Each is
    /// told in the audit trail, as Datadog's does when a key was seen in public.
    /// </summary>
    /// <returns>The new ones on active credentials.</returns>
    public async Task<List<RaisedAlert>> RaiseAsync(
        IReadOnlyCollection<IssuedCredential> credentials,
        Id<LeakReport> reportId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            WITH raised AS (
                INSERT INTO alerts (id, organization_id, credential_id, raised_at, raised_by_report_id)
                SELECT seen.alert_id, seen.organization_id, seen.credential_id, $4, $5
                FROM unnest($1, $2, $3) AS seen (alert_id, organization_id, credential_id)
                ORDER BY seen.credential_id
                ON CONFLICT (credential_id) DO NOTHING
                RETURNING credential_id),
            told AS (
                INSERT INTO audit_events (id, organization_id, at, action, name, asset_type, asset_id, asset_name,
                                          actor, actor_name, method, message)
                SELECT seen.event_id, key.organization_id, $4, 'Notification', 'leaked',
                    CASE key.kind WHEN 'client_token' THEN 'public_api_key' ELSE key.kind END, key.id, key.name,
                    'System', 'SafetyCenter', 'NONE',
                    'SafetyCenter was told that the '
                        || CASE key.kind WHEN 'api_key' THEN 'API key' ELSE replace(key.kind, '_', ' ') END
                        || ' “' || key.name || '” was seen in public.'
                FROM raised
                JOIN credentials key ON key.id = raised.credential_id
                JOIN unnest($3, $6) AS seen (credential_id, event_id) ON seen.credential_id = raised.credential_id)
            SELECT key.organization_id, owner.email
            FROM raised
            JOIN credentials key ON key.id = raised.credential_id AND key.revoked_at IS NULL
            LEFT JOIN users owner
                ON owner.id = key.owner_id AND owner.disabled_at IS NULL AND NOT owner.is_service_account
            """,
            credentials.Select(_ => Id<Alert>.New(now).Value).ToArray(),
            credentials.Select(credential => credential.OrganizationId.Value).ToArray(),
            credentials.Select(credential => credential.Id.Value).ToArray(),
            now,
            reportId.Value,
            credentials.Select(_ => Id<AuditEvent>.New(now).Value).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var raised = new List<RaisedAlert>();
        while (await reader.ReadAsync(cancellationToken))
        {
            raised.Add(new RaisedAlert(
                new Id<Organization>(reader.GetGuid(0)), reader.IsDBNull(1) ? null : reader.GetString(1)));
        }

        return raised;
    }

    /// <summary>Adds places to alerts that exist by now; a place that was there is seen again.</summary>
    public async Task SeeAsync(
        IReadOnlyCollection<Sighting> sightings, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            INSERT INTO occurrences
                (id, organization_id, alert_id, place, place_digest, source, first_seen_at, last_seen_at, times)
            SELECT seen.id, alerts.organization_id, alerts.id, seen.place, seen.digest, seen.source, $7, $7, seen.times
            FROM unnest($1, $2, $3, $4, $5, $6) AS seen (id, credential_id, place, digest, source, times)
            JOIN alerts ON alerts.credential_id = seen.credential_id
            ORDER BY alerts.id, seen.digest
            ON CONFLICT (alert_id, place_digest) DO UPDATE SET
                last_seen_at = greatest(occurrences.last_seen_at, excluded.last_seen_at),
                times = occurrences.times + excluded.times
            """,
            sightings.Select(_ => Id<Occurrence>.New(now).Value).ToArray(),
            sightings.Select(sighting => sighting.Credential.Id.Value).ToArray(),
            sightings.Select(sighting => sighting.Place).ToArray(),
            sightings.Select(sighting => sighting.PlaceDigest).ToArray(),
            sightings.Select(sighting => sighting.Source.ToString()).ToArray(),
            sightings.Select(sighting => sighting.Times).ToArray(),
            now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes emails into the outbox.</summary>
    public async Task WriteAsync(IReadOnlyCollection<Email> emails, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            INSERT INTO emails
                (id, organization_id, kind, subject_id, recipient, event_key, created_at, attempts, next_attempt_at)
            SELECT email.id, email.organization_id, email.kind, email.subject_id, email.recipient, email.event_key,
                email.created_at, 0, email.created_at
            FROM unnest($1, $2, $3, $4, $5, $6, $7)
                AS email (id, organization_id, kind, subject_id, recipient, event_key, created_at)
            """,
            emails.Select(email => email.Id.Value).ToArray(),
            emails.Select(email => email.OrganizationId?.Value).ToArray(),
            emails.Select(email => email.Kind.ToString()).ToArray(),
            emails.Select(email => email.SubjectId).ToArray(),
            emails.Select(email => email.Recipient).ToArray(),
            emails.Select(email => email.EventKey).ToArray(),
            emails.Select(email => email.CreatedAt).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlCommand(
            sql,
            (NpgsqlConnection)db.Database.GetDbConnection(),
            (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction());
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        return command;
    }
}
