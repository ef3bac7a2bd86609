using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Leaks;

/// <summary>An alert that a report raised, or stirred up again.</summary>
/// <param name="AlertId">The alert.</param>
/// <param name="CredentialId">Of what.</param>
/// <param name="OrganizationId">Whose credential it is.</param>
/// <param name="OwnerEmail">The person for whom it acts; null for API keys and service accounts.</param>
/// <param name="IsActive">Whether the credential still opens something.</param>
internal sealed record StirredAlert(
    Id<Alert> AlertId, Id<Credential> CredentialId, Id<Organization> OrganizationId, string? OwnerEmail, bool IsActive);

/// <summary>A place that an alert did not know.</summary>
internal readonly record struct NewPlace(Id<Alert> AlertId, bool IsPublic);

// What a report makes of alerts.
internal sealed partial class LeakTables
{
    // At $4; also what is over by the clock, and nobody has come round yet to write that down.
    private const string IsActive =
        "key.revoked_at IS NULL AND (key.expires_at > $4) IS NOT FALSE AND (key.retire_at > $4) IS NOT FALSE";

    /// <summary>
    /// Raises an alert for each credential that has none, for revoked ones too: that is history worth keeping. Each is
    /// told in the audit trail, as Datadog's does when a key was seen in public.
    /// </summary>
    /// <returns>The new ones.</returns>
    public async Task<List<StirredAlert>> RaiseAsync(
        IReadOnlyCollection<LeakPlan> plans,
        Id<LeakReport> reportId,
        bool isPublic,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = db.Command(
            $"""
            WITH raised AS (
                INSERT INTO alerts (id, organization_id, credential_id, raised_at, raised_by_report_id, severity, is_public,
                                    due_at, revoke_at, overdue_told, steps_done)
                SELECT seen.alert_id, seen.organization_id, seen.credential_id, $4, $5, seen.severity, $8,
                    CASE WHEN {IsActive} THEN seen.due_at END,
                    CASE WHEN {IsActive} THEN seen.revoke_at END, 0, 0
                FROM unnest($1, $2, $3, $7, $9, $10)
                    AS seen (alert_id, organization_id, credential_id, severity, due_at, revoke_at)
                JOIN credentials key ON key.id = seen.credential_id
                ORDER BY seen.credential_id
                ON CONFLICT (credential_id) DO NOTHING
                RETURNING id, organization_id, credential_id, revoke_at),
            history AS (
                INSERT INTO alert_events (id, organization_id, alert_id, at, kind, until, report_id)
                SELECT gen_random_uuid(), organization_id, id, $4, kind, CASE kind WHEN 'RevocationPlanned' THEN revoke_at END, $5
                FROM raised, unnest(ARRAY['Raised', 'RevocationPlanned']) WITH ORDINALITY AS step (kind, place)
                WHERE place = 1 OR revoke_at IS NOT NULL
                ORDER BY id, place),
            told AS (
                INSERT INTO audit_events (id, organization_id, at, action, name, asset_type, asset_id, asset_name,
                                          actor, actor_name, method, message)
                SELECT seen.event_id, key.organization_id, $4, 'Notification', 'leaked',
                    {LeakRevocation.AssetType}, key.id, key.name, 'System', 'SafetyCenter', 'NONE',
                    'SafetyCenter was told that the ' || {LeakRevocation.KindInSentence}
                        || ' “' || key.name || '” was seen ' || CASE WHEN $8 THEN 'in public.' ELSE 'where it must not be.' END
                FROM raised
                JOIN credentials key ON key.id = raised.credential_id
                JOIN unnest($3, $6) AS seen (credential_id, event_id) ON seen.credential_id = raised.credential_id)
            SELECT raised.id, raised.credential_id, raised.organization_id, owner.email, {IsActive}
            FROM raised
            JOIN credentials key ON key.id = raised.credential_id
            LEFT JOIN users owner
                ON owner.id = key.owner_id AND owner.disabled_at IS NULL AND NOT owner.is_service_account
            """,
            plans.Select(_ => Id<Alert>.New(now).Value).ToArray(),
            plans.Select(plan => plan.Credential.OrganizationId.Value).ToArray(),
            plans.Select(plan => plan.Credential.Id.Value).ToArray(),
            now,
            reportId.Value,
            plans.Select(_ => Id<AuditEvent>.New(now).Value).ToArray(),
            plans.Select(plan => plan.Severity.ToString()).ToArray(),
            isPublic,
            plans.Select(plan => plan.DueAt).ToArray(),
            plans.Select(plan => plan.RevokeAt).ToArray());
        return await StirredAsync(command, cancellationToken);
    }

    /// <summary>Adds places to alerts that exist by now; a place that was there is seen again.</summary>
    /// <returns>The places that were not there.</returns>
    public async Task<List<NewPlace>> SeeAsync(
        IReadOnlyCollection<Sighting> sightings,
        Id<LeakReport> reportId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = db.Command(
            """
            INSERT INTO occurrences (id, organization_id, alert_id, place, place_digest, source, is_public, report_id,
                                     first_seen_at, last_seen_at, times)
            SELECT seen.id, alerts.organization_id, alerts.id, seen.place, seen.digest, seen.source, seen.is_public, $9,
                $7, $7, seen.times
            FROM unnest($1, $2, $3, $4, $5, $6, $8) AS seen (id, credential_id, place, digest, source, times, is_public)
            JOIN alerts ON alerts.credential_id = seen.credential_id
            ORDER BY alerts.id, seen.digest
            ON CONFLICT (alert_id, place_digest) DO UPDATE SET
                last_seen_at = greatest(occurrences.last_seen_at, excluded.last_seen_at),
                times = occurrences.times + excluded.times,
                is_public = occurrences.is_public OR excluded.is_public
            RETURNING alert_id, is_public, xmax = 0
            """,
            sightings.Select(_ => Id<Occurrence>.New(now).Value).ToArray(),
            sightings.Select(sighting => sighting.Credential.Id.Value).ToArray(),
            sightings.Select(sighting => sighting.Place).ToArray(),
            sightings.Select(sighting => sighting.PlaceDigest).ToArray(),
            sightings.Select(sighting => sighting.Source.ToString()).ToArray(),
            sightings.Select(sighting => sighting.Times).ToArray(),
            now,
            sightings.Select(sighting => sighting.IsPublic).ToArray(),
            reportId.Value);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var places = new List<NewPlace>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.GetBoolean(2))
            {
                places.Add(new NewPlace(new Id<Alert>(reader.GetGuid(0)), reader.GetBoolean(1)));
            }
        }

        return places;
    }

    /// <summary>
    /// New places of alerts that were there: one that was dismissed, or put off and now seen in public, opens again; one that
    /// was private becomes as bad as public ones are. Others just have one place more.
    /// </summary>
    /// <returns>Those about which there is news.</returns>
    public async Task<List<StirredAlert>> SeeAgainAsync(
        IEnumerable<NewPlace> places,
        IReadOnlyCollection<LeakPlan> plans,
        IReadOnlyDictionary<Id<Organization>, LeakRules> rules,
        Id<LeakReport> reportId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var byAlert = places.GroupBy(place => place.AlertId)
            .Select(group => (Id: group.Key.Value, IsPublic: group.Any(place => place.IsPublic)))
            .ToArray();
        if (byAlert.Length == 0)
        {
            return [];
        }

        await using var command = db.Command(
            """
            WITH judged AS MATERIALIZED (
                SELECT alert.id, seen.is_public, plan.due_at, plan.revoke_at,
                    CASE WHEN key.revoked_at IS NOT NULL OR alert.raised_by_report_id IS NULL THEN NULL
                         WHEN alert.dismissed_at IS NOT NULL AND plan.reopens THEN 'SeenAgain'
                         WHEN alert.dismissed_at IS NULL AND alert.snoozed_until IS NOT NULL AND seen.is_public THEN 'SeenAgain'
                         WHEN alert.dismissed_at IS NULL AND seen.is_public AND NOT alert.is_public THEN 'BecamePublic'
                    END AS news
                FROM unnest($1, $2) AS seen (alert_id, is_public)
                JOIN alerts alert ON alert.id = seen.alert_id
                JOIN credentials key ON key.id = alert.credential_id
                JOIN unnest($3, $4, $5, $6) AS plan (credential_id, due_at, revoke_at, reopens) ON plan.credential_id = key.id
                ORDER BY alert.credential_id),
            changed AS (
                UPDATE alerts SET
                    is_public = alerts.is_public OR judged.is_public,
                    severity = CASE WHEN judged.is_public THEN 'Critical' ELSE alerts.severity END,
                    due_at = CASE news WHEN 'SeenAgain' THEN judged.due_at
                                       WHEN 'BecamePublic' THEN least(alerts.due_at, judged.due_at) ELSE alerts.due_at END,
                    revoke_at = CASE news WHEN 'SeenAgain' THEN judged.revoke_at ELSE alerts.revoke_at END,
                    overdue_told = CASE news WHEN 'SeenAgain' THEN 0 ELSE alerts.overdue_told END,
                    dismissed_at = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.dismissed_at END,
                    dismissed_by = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.dismissed_by END,
                    dismissed_as = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.dismissed_as END,
                    snoozed_until = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.snoozed_until END,
                    acknowledged_at = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.acknowledged_at END,
                    acknowledged_by = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.acknowledged_by END,
                    assignee_id = CASE WHEN news = 'SeenAgain' THEN NULL ELSE alerts.assignee_id END
                FROM judged WHERE judged.id = alerts.id
                RETURNING alerts.id, alerts.organization_id, alerts.credential_id, judged.news, alerts.revoke_at),
            history AS (
                INSERT INTO alert_events (id, organization_id, alert_id, at, kind, until, report_id)
                SELECT gen_random_uuid(), organization_id, id, $7, kind, CASE place WHEN 2 THEN revoke_at END, $8
                FROM changed,
                    unnest(ARRAY[changed.news, 'RevocationPlanned']) WITH ORDINALITY AS step (kind, place)
                WHERE news IS NOT NULL AND (place = 1 OR (news = 'SeenAgain' AND revoke_at IS NOT NULL))
                ORDER BY id, place)
            SELECT changed.id, changed.credential_id, changed.organization_id, owner.email, true
            FROM changed
            JOIN credentials key ON key.id = changed.credential_id
            LEFT JOIN users owner
                ON owner.id = key.owner_id AND owner.disabled_at IS NULL AND NOT owner.is_service_account
            WHERE changed.news IS NOT NULL
            """,
            byAlert.Select(alert => alert.Id).ToArray(),
            byAlert.Select(alert => alert.IsPublic).ToArray(),
            plans.Select(plan => plan.Credential.Id.Value).ToArray(),
            plans.Select(plan => plan.DueAt).ToArray(),
            plans.Select(plan => plan.RevokeAt).ToArray(),
            plans.Select(plan => rules[plan.Credential.OrganizationId].ReopensWhenSeenAgain).ToArray(),
            now,
            reportId.Value);
        return await StirredAsync(command, cancellationToken);
    }

    /// <summary>Writes emails into the outbox; what was told to an address before is not told again.</summary>
    public async Task WriteAsync(IReadOnlyCollection<Email> emails, CancellationToken cancellationToken)
    {
        if (emails.Count == 0)
        {
            return;
        }

        await using var command = db.Command(
            """
            INSERT INTO emails
                (id, organization_id, kind, subject_id, recipient, event_key, created_at, attempts, next_attempt_at)
            SELECT email.id, email.organization_id, email.kind, email.subject_id, email.recipient, email.event_key,
                email.created_at, 0, email.created_at
            FROM unnest($1, $2, $3, $4, $5, $6, $7)
                AS email (id, organization_id, kind, subject_id, recipient, event_key, created_at)
            ON CONFLICT (event_key, recipient) DO NOTHING
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

    private static async Task<List<StirredAlert>> StirredAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var stirred = new List<StirredAlert>();
        while (await reader.ReadAsync(cancellationToken))
        {
            stirred.Add(new StirredAlert(
                new Id<Alert>(reader.GetGuid(0)),
                new Id<Credential>(reader.GetGuid(1)),
                new Id<Organization>(reader.GetGuid(2)),
                reader.IsDBNull(3) ? null : reader.GetString(3),
                reader.GetBoolean(4)));
        }

        return stirred;
    }
}
