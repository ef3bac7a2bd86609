using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Credentials;

/// <summary>
/// Revokes credentials of the actor's organization, whichever page or endpoint asks for it: under the organization's
/// lock, so that the last API key stays whatever happens at the same time.
/// </summary>
public static class Revoking
{
    /// <summary>What became of it.</summary>
    /// <param name="Revoked">Names of those that this action ended.</param>
    /// <param name="Before">Those that somebody had ended before, and what to say of it.</param>
    public sealed record Outcome(IReadOnlyList<string> Revoked, IReadOnlyList<string> Before)
    {
        /// <summary>What to tell the person.</summary>
        public string Sentence => string.Join(
            " ",
            new[]
            {
                Revoked.Count switch
                {
                    0 => null,
                    1 => $"Revoked “{Revoked[0]}”. Every call with it is refused from now on.",
                    _ => $"Revoked {Revoked.Count} keys. Every call with them is refused from now on.",
                },
            }.Concat(Before).OfType<string>());
    }

    /// <summary>Revokes them, all or none.</summary>
    /// <exception cref="RefusedException">It would leave the organization without an API key.</exception>
    public static Task<Outcome> RevokeAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyCollection<Id<Credential>> ids,
        RevocationReason because,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var credentials = await db.Credentials
                .Where(credential => ids.Contains(credential.Id))
                .OrderBy(credential => credential.Name)
                .ToListAsync(cancellationToken);
            var lastingApiKeys = await db.LastingApiKeysAsync(atMost: ids.Count + 1, cancellationToken);
            var (revoked, before) = (new List<string>(), new List<string>());
            foreach (var credential in credentials)
            {
                if (!credential.IsActive)
                {
                    before.Add(await SayWhoDidAsync(db, credential, cancellationToken));
                    continue;
                }

                var wasLasting = credential is ApiKey { IsLasting: true };
                credential.Revoke(actor.UserId, because, lastingApiKeys, now);
                revoked.Add(credential.Name);
                lastingApiKeys -= wasLasting ? 1 : 0;
            }

            return new Outcome(revoked, before);
        },
        cancellationToken);

    private static async Task<string> SayWhoDidAsync(
        SafetyCenterDb db, Credential credential, CancellationToken cancellationToken)
    {
        var by = await db.People.AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == credential.RevokedBy, cancellationToken);
        return $"“{credential.Name}” was already revoked by {credential.EndedBy(by?.DisplayName)} at "
            + $"{Moment.Exact(credential.RevokedAt!.Value)}.";
    }
}
