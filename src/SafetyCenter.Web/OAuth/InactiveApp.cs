using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.OAuth;

/// <summary>An app that is inactive, and what it could still do.</summary>
public sealed class InactiveApp
{
    /// <summary>The app.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>The last use through a grant that is live; null for never.</summary>
    public required DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The last use of a secret that is live; null for never.</summary>
    public required DateTimeOffset? SecretUsedAt { get; init; }

    /// <summary>For how many users it may act.</summary>
    public required int Users { get; init; }

    /// <summary>What it may do for some of them.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Whether any of that changes something.</summary>
    public bool Writes => OAuthScopes.Write(Scopes);

    /// <summary>The apps of the organization, as a question that can be narrowed further.</summary>
    /// <param name="db">Bound to the organization.</param>
    public static IQueryable<InactiveApp> Of(SafetyCenterDb db) => db.OAuthApps.AsNoTracking().Select(app => new InactiveApp
    {
        App = app,
        LastUsedAt = db.OAuthGrants.Active().Where(grant => grant.AppId == app.Id).Max(grant => grant.LastUsedAt),
        SecretUsedAt = db.OAuthClientSecrets.Active().Where(secret => secret.AppId == app.Id).Max(secret => secret.LastUsedAt),
        Users = db.OAuthGrants.Active().Count(grant => grant.AppId == app.Id),
        Scopes = db.OAuthGrants.Active().Where(grant => grant.AppId == app.Id)
            .SelectMany(grant => grant.Scopes)
            .Distinct()
            .OrderBy(scope => scope)
            .ToList(),
    });

    /// <summary>The registrations of a program that are listed as inactive.</summary>
    /// <returns>Their ids; null when there is no such program.</returns>
    public static async Task<IReadOnlyList<Id<OAuthApp>>?> OfProgramAsync(
        SafetyCenterDb db, string program, CancellationToken cancellationToken)
    {
        var all = await db.OAuthApps.OfProgram(program).Select(app => app.Id).ToListAsync(cancellationToken);
        var ids = all.Select(id => id.Value).ToArray();
        var inactive = await db.Findings.Open()
            .Where(finding => finding.Rule == FindingRule.InactiveOAuthApp.Name && ids.Contains(finding.SubjectId))
            .Select(finding => finding.SubjectId)
            .ToListAsync(cancellationToken);
        return all.Count == 0 ? null : [.. inactive.Select(id => new Id<OAuthApp>(id))];
    }
}
