using Npgsql;
using NpgsqlTypes;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Verification;

/// <summary>What the database knows of a secret: one statement, prepared once per connection, no EF Core.</summary>
internal sealed class CredentialTable(NpgsqlDataSource source)
{
    // The owner counts as User.Status says: not disabled, and either a person who has come or a service account.
    private const string Select = """
        SELECT c.id, c.organization_id, c.kind, c.owner_id, c.scopes,
               c.revoked_at IS NULL
               AND (c.owner_id IS NULL
                    OR (u.disabled_at IS NULL AND (u.login_id IS NOT NULL OR u.is_service_account)))
        FROM credentials c LEFT JOIN users u ON u.id = c.owner_id
        WHERE c.hash = $1
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
            reader.GetBoolean(5));
    }
}
