using Npgsql;
using NpgsqlTypes;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Verification;

/// <summary>What the database knows of a secret: one statement, prepared once per connection, no EF Core.</summary>
internal sealed class CredentialTable(NpgsqlDataSource source)
{
    // Of an access token of an OAuth app it is told what its grant is: the grant is the credential. The owner counts as
    // User.Status says: not disabled, and either a person who has come or a service account.
    private const string Select = """
        SELECT c.id, c.organization_id, c.kind, c.owner_id, c.scopes, c.revoked_at IS NOT NULL,
               c.owner_id IS NULL
               OR (u.disabled_at IS NULL AND (u.login_id IS NOT NULL OR u.is_service_account)),
               least(c.expires_at, c.retire_at), t.id, t.ends_at, o.disabled_at IS NOT NULL, c.app_id
        FROM credentials c
        JOIN organizations o ON o.id = c.organization_id
        LEFT JOIN users u ON u.id = c.owner_id
        LEFT JOIN LATERAL (
            SELECT id, ends_at FROM test_revocations WHERE credential_id = c.id ORDER BY started_at DESC LIMIT 1
        ) t ON true
        WHERE c.hash = $1
        UNION ALL
        SELECT c.id, c.organization_id, 'oauth_access_token', c.owner_id, k.scopes,
               c.revoked_at IS NOT NULL OR k.ended_at IS NOT NULL OR a.disabled_at IS NOT NULL OR a.deleted_at IS NOT NULL,
               u.disabled_at IS NULL AND (u.login_id IS NOT NULL OR u.is_service_account),
               k.expires_at, t.id, t.ends_at, o.disabled_at IS NOT NULL, c.app_id
        FROM oauth_tokens k
        JOIN credentials c ON c.id = k.grant_id
        JOIN oauth_apps a ON a.id = c.app_id
        JOIN organizations o ON o.id = c.organization_id
        JOIN users u ON u.id = c.owner_id
        LEFT JOIN LATERAL (
            SELECT id, ends_at FROM test_revocations WHERE credential_id = c.id ORDER BY started_at DESC LIMIT 1
        ) t ON true
        WHERE k.hash = $1 AND k.kind = 'Access'
        """;

    /// <summary>What the secret with this hash means now; null when we never issued it.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<Known?> FindAsync(SecretHash hash, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Select, connection);
        command.Parameters.Add(
            new NpgsqlParameter<byte[]> { TypedValue = hash.ToArray(), NpgsqlDbType = NpgsqlDbType.Bytea });
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return !await reader.ReadAsync(cancellationToken) ? null : new Known(
            new Id<Credential>(reader.GetGuid(0)),
            new Id<Organization>(reader.GetGuid(1)),
            string.Intern(reader.GetString(2)),
            reader.IsDBNull(3) ? null : new Id<User>(reader.GetGuid(3)),
            reader.IsDBNull(4) ? [] : reader.GetFieldValue<string[]>(4),
            isRevoked: reader.GetBoolean(5),
            isOrganizationDisabled: reader.GetBoolean(10),
            isOwnerActive: reader.GetBoolean(6),
            endsAt: TimeAt(reader, 7),
            testId: reader.IsDBNull(8) ? null : new Id<TestRevocation>(reader.GetGuid(8)),
            testEndsAt: TimeAt(reader, 9),
            appId: reader.IsDBNull(11) ? null : new Id<OAuthApp>(reader.GetGuid(11)));
    }

    private static DateTimeOffset? TimeAt(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
