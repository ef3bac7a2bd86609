using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;

namespace SafetyCenter.Web.Leaks;

/// <summary>A credential that a rule revoked.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AlertId">Its alert.</param>
/// <param name="OrganizationId">Whose it was.</param>
/// <param name="Kind">Its kind, as the table says it.</param>
/// <param name="Hash">Its secret, for who remembers it; null for a grant.</param>
/// <param name="AppId">The app it belongs to.</param>
/// <param name="OwnerEmail">The address of whom it acted for.</param>
/// <param name="IsOfServiceAccount">Whether that is no person.</param>
internal sealed record Revoked(
    Id<Credential> Id,
    Id<Alert> AlertId,
    Id<Organization> OrganizationId,
    string Kind,
    SecretHash? Hash,
    Guid? AppId,
    string? OwnerEmail,
    bool IsOfServiceAccount);

/// <summary>A credential that a rule could not revoke, of which nobody was told since its alert is open.</summary>
/// <param name="AlertId">Its alert.</param>
/// <param name="OrganizationId">Whose it is.</param>
internal sealed record Refused(Id<Alert> AlertId, Id<Organization> OrganizationId);

/// <summary>
/// Revokes leaked credentials by rule, many at once: in the statements of <see cref="Core.Credentials.Credential.Revoke"/> for
/// one. Whoever calls holds the locks of the organizations.
/// </summary>
internal sealed class LeakRevocation(SafetyCenterDb db)
{
    /// <summary>What the audit trail calls a kind, of a row <c>key</c>.</summary>
    public const string AssetType = "CASE key.kind WHEN 'client_token' THEN 'public_api_key' ELSE key.kind END";

    /// <summary>What a sentence calls a kind, of a row <c>key</c>.</summary>
    public const string KindInSentence =
        "CASE key.kind WHEN 'api_key' THEN 'API key' WHEN 'oauth_grant' THEN 'OAuth grant' "
        + "WHEN 'oauth_client_secret' THEN 'OAuth client secret' ELSE replace(key.kind, '_', ' ') END";

    /// <summary>
    /// Revokes them. An organization's last lasting API key stays, like everywhere: then its alert tells, once each time that it
    /// is open anew, and people must act.
    /// </summary>
    public async Task<(IReadOnlyList<Revoked> Revoked, IReadOnlyList<Refused> Refused)> RevokeAsync(
        IReadOnlyCollection<Id<Credential>> ids,
        Id<LeakReport> reportId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = db.Command(
            $"""
            WITH wanted AS (
                SELECT id, organization_id, created_at,
                       kind = 'api_key' AND expires_at IS NULL AND retire_at IS NULL AS is_lasting_api_key
                FROM credentials WHERE id = ANY($1) AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE),
            spared AS (
                SELECT DISTINCT ON (organization_id) id, organization_id FROM wanted
                WHERE is_lasting_api_key AND NOT EXISTS (
                    SELECT 1 FROM credentials other
                    WHERE other.organization_id = wanted.organization_id AND other.kind = 'api_key' AND other.revoked_at IS NULL
                      AND other.expires_at IS NULL AND other.retire_at IS NULL AND other.id <> ALL($1))
                ORDER BY organization_id, created_at DESC, id),
            key AS (
                UPDATE credentials SET revoked_at = $2, revoked_because = 'Leaked'
                FROM wanted WHERE credentials.id = wanted.id AND NOT EXISTS (SELECT 1 FROM spared WHERE spared.id = wanted.id)
                RETURNING credentials.id, credentials.organization_id, credentials.kind, credentials.name, credentials.hash,
                          credentials.owner_id, credentials.app_id),
            refused AS (
                INSERT INTO alert_events (id, organization_id, alert_id, at, kind, text, report_id)
                SELECT gen_random_uuid(), spared.organization_id, alerts.id, $2, 'RevocationRefused', $4, $6
                FROM spared JOIN alerts ON alerts.credential_id = spared.id
                WHERE (SELECT before.kind FROM alert_events before
                       WHERE before.alert_id = alerts.id
                         AND before.kind IN ('Raised', 'SeenAgain', 'BecamePublic', 'Reopened', 'RevocationRefused')
                       ORDER BY before.number DESC LIMIT 1) IS DISTINCT FROM 'RevocationRefused'
                RETURNING alert_id, organization_id),
            told AS (
                INSERT INTO audit_events (id, organization_id, at, action, name, asset_type, asset_id, asset_name,
                                          actor, actor_name, method, changes, message)
                SELECT event.id, key.organization_id, $2, 'Deleted', 'revoked', {AssetType}, key.id, key.name,
                    'System', 'SafetyCenter', 'NONE', $5::jsonb,
                    'SafetyCenter revoked the leaked ' || {KindInSentence} || ' “' || key.name || '”.'
                FROM key JOIN unnest($1, $3) AS event (credential_id, id) ON event.credential_id = key.id)
            SELECT alerts.id, key.organization_id, key.id, key.kind, key.hash, key.app_id, owner.email,
                   coalesce(owner.is_service_account, false)
            FROM key JOIN alerts ON alerts.credential_id = key.id
            LEFT JOIN users owner ON owner.id = key.owner_id AND owner.disabled_at IS NULL
            UNION ALL
            SELECT alert_id, organization_id, NULL, NULL, NULL, NULL, NULL, false FROM refused
            """,
            ids.Select(id => id.Value).ToArray(),
            now,
            ids.Select(_ => Id<AuditEvent>.New(now).Value).ToArray(),
            "It is the last API key without an end: create a replacement, then revoke it.",
            SafetyCenterDb.ChangesOfRevocation(RevocationReason.Leaked, now),
            reportId.Value);
        var (revoked, refused) = (new List<Revoked>(), new List<Refused>());
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var (alertId, organizationId) = (new Id<Alert>(reader.GetGuid(0)), new Id<Organization>(reader.GetGuid(1)));
                if (reader.IsDBNull(2))
                {
                    refused.Add(new Refused(alertId, organizationId));
                    continue;
                }

                revoked.Add(new Revoked(
                    new Id<Credential>(reader.GetGuid(2)),
                    alertId,
                    organizationId,
                    reader.GetString(3),
                    reader.IsDBNull(4) ? null : new SecretHash(reader.GetFieldValue<byte[]>(4)),
                    reader.IsDBNull(5) ? null : reader.GetGuid(5),
                    reader.IsDBNull(6) ? null : reader.GetString(6),
                    reader.GetBoolean(7)));
            }
        }

        await ReconcileAsync(
            FindingRule.UnusedApiKey,
            [.. revoked.Where(key => key.Kind == "api_key").Select(key => key.Id.Value)],
            now,
            cancellationToken);
        await ReconcileAsync(
            FindingRule.InactiveOAuthApp,
            [.. revoked.Select(key => key.AppId).OfType<Guid>().Distinct()],
            now,
            cancellationToken);
        return (revoked, refused);
    }

    private async Task ReconcileAsync(
        FindingRule rule, IReadOnlyCollection<Guid> subjects, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (subjects.Count > 0)
        {
            await Reconciliation.RunAsync(db, rule, Extent.Of(subjects), now, cancellationToken);
        }
    }
}
