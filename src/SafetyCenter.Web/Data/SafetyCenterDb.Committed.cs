using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

public sealed partial class SafetyCenterDb
{
    private static readonly string[] DecisiveForKeys =
        [nameof(User.DisabledAt), nameof(User.LoginId), nameof(User.IsServiceAccount)];

    private readonly HashSet<SecretHash> _changedCredentials = [];
    private readonly HashSet<Guid> _changedOwners = [];

    // Before saving, because afterwards nothing is modified any more. A save that fails leaves its notes behind, which
    // costs a look-up and nothing else.
    private void NoteChangedCredentials()
    {
        foreach (var entry in ChangeTracker.Entries())
        {
            switch (entry.Entity)
            {
                case OAuthGrant grant when entry.State is EntityState.Modified or EntityState.Deleted:
                    _changedOwners.Add(grant.AppId.Value);
                    break;
                case OAuthToken token when entry.State is EntityState.Modified or EntityState.Deleted:
                    _changedCredentials.Add(new SecretHash(token.Hash));
                    break;
                case OAuthApp app when entry.State == EntityState.Modified:
                    _changedOwners.Add(app.Id.Value);
                    break;
                case Credential { Hash: { } hash } when entry.State is EntityState.Modified or EntityState.Deleted:
                    _changedCredentials.Add(new SecretHash(hash));
                    break;
                case TestRevocation test when entry.State is EntityState.Added or EntityState.Modified:
                    // Whoever begins or ends a test has loaded what is tested.
                    NoteTested(test);
                    break;
                case User user when entry.State == EntityState.Modified
                    && DecisiveForKeys.Any(property => entry.Property(property).IsModified):
                    _changedOwners.Add(user.Id.Value);
                    break;
                case Organization organization when entry.State == EntityState.Modified
                    && entry.Property(nameof(Organization.DisabledAt)).IsModified:
                    _changedOwners.Add(organization.Id.Value);
                    break;
            }
        }
    }

    private void NoteTested(TestRevocation test)
    {
        foreach (var tested in ChangeTracker.Entries<Credential>().Where(row => row.Entity.Id == test.CredentialId))
        {
            if (tested.Entity is OAuthGrant grant)
            {
                _changedOwners.Add(grant.AppId.Value);
            }
            else if (tested.Entity.Hash is { } hash)
            {
                _changedCredentials.Add(new SecretHash(hash));
            }
        }
    }

    /// <summary>A statement for what EF cannot say, in the transaction that is open.</summary>
    internal NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlCommand(
            sql,
            (NpgsqlConnection)Database.GetDbConnection(),
            (NpgsqlTransaction?)Database.CurrentTransaction?.GetDbTransaction());
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        return command;
    }

    /// <summary>Commits what statements of our own did, and tells of it like a save.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="revoked">Secrets that open nothing any more.</param>
    /// <param name="apps">Apps whose tokens may open nothing any more.</param>
    /// <param name="emailsWritten">Whether there are emails to send.</param>
    /// <param name="cancellationToken">Gives up; nothing is kept then.</param>
    internal async Task CommitAsync(
        IDbContextTransaction transaction,
        IEnumerable<SecretHash> revoked,
        IEnumerable<Guid> apps,
        bool emailsWritten,
        CancellationToken cancellationToken)
    {
        await transaction.CommitAsync(cancellationToken);
        _changedCredentials.UnionWith(revoked);
        _changedOwners.UnionWith(apps);
        _emailsWritten |= emailsWritten;
        AfterCommit();
    }

    private void AfterCommit()
    {
        credentialsChanged.Tell(_changedCredentials, _changedOwners);
        _changedCredentials.Clear();
        _changedOwners.Clear();
        RingIfEmailsWereWritten();
    }
}
