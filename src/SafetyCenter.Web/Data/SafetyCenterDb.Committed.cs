using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
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
                case Credential credential when entry.State is EntityState.Modified or EntityState.Deleted:
                    _changedCredentials.Add(new SecretHash(credential.Hash));
                    break;
                case TestRevocation test when entry.State is EntityState.Added or EntityState.Modified:
                    // Whoever begins or ends a test has loaded what is tested.
                    _changedCredentials.UnionWith(ChangeTracker.Entries<Credential>()
                        .Where(tested => tested.Entity.Id == test.CredentialId)
                        .Select(tested => new SecretHash(tested.Entity.Hash)));
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

    private void AfterCommit()
    {
        credentialsChanged.Tell(_changedCredentials, _changedOwners);
        _changedCredentials.Clear();
        _changedOwners.Clear();
        RingIfEmailsWereWritten();
    }
}
