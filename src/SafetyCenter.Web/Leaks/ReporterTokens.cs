using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// The tokens of reporters: who sends one is found by its hash; what signs is kept encrypted, because a signature can only be
/// checked with it.
/// </summary>
public sealed class ReporterTokens(SafetyCenterDb db, IDataProtectionProvider protection, TimeProvider time)
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    private readonly IDataProtector _protector = protection.CreateProtector("leak-reporter");

    /// <summary>A token, encrypted for keeping.</summary>
    public byte[] Seal(string token) => _protector.Protect(Encoding.ASCII.GetBytes(token));

    /// <summary>The reporter who sends this token; null when there is none, or they or their organization are out.</summary>
    public Task<LeakReporter?> FindAsync(string token, CancellationToken cancellationToken)
    {
        var hash = SecretHash.Of(token).ToArray();
        return UsedAsync(reporter => reporter.Hash == hash && reporter.Proof == ReporterProof.Token, cancellationToken);
    }

    /// <summary>
    /// The reporter with this id, who signs; with the key they sign with. Null as for <see cref="FindAsync"/>. Their use is noted
    /// by the caller, once the signature was found good.
    /// </summary>
    public async Task<(LeakReporter Reporter, byte[] Key)?> FindSignerAsync(
        Core.Id<LeakReporter> id, CancellationToken cancellationToken) =>
        await Usable().SingleOrDefaultAsync(
            reporter => reporter.Id == id && reporter.Proof == ReporterProof.Signature, cancellationToken)
            is { SealedToken: { } sealedToken } found
                ? (found, _protector.Unprotect(sealedToken))
                : null;

    /// <summary>Notes that a reporter reports.</summary>
    public async Task NoteUseAsync(LeakReporter reporter, CancellationToken cancellationToken)
    {
        reporter.Use(time.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task<LeakReporter?> UsedAsync(
        System.Linq.Expressions.Expression<Func<LeakReporter, bool>> which, CancellationToken cancellationToken)
    {
        var found = await Usable().SingleOrDefaultAsync(which, cancellationToken);
        if (found is not null)
        {
            await NoteUseAsync(found, cancellationToken);
        }

        return found;
    }

    private IQueryable<LeakReporter> Usable() => db.LeakReporters.IgnoreQueryFilters(Filter)
        .Where(reporter => reporter.RevokedAt == null)
        .Where(reporter => db.Organizations.Any(
            organization => organization.Id == reporter.OrganizationId && organization.DisabledAt == null));
}
