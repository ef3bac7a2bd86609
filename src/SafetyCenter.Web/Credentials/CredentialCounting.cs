using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Credentials;

/// <summary>How many credentials there are, without counting rows.</summary>
public static class CredentialCounting
{
    /// <summary>How many of a kind the organization has active, from the kept counter.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="kind">The kind, as the table of credentials names it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<int> ActiveCountAsync(
        this SafetyCenterDb db, string kind, CancellationToken cancellationToken) =>
        (int)await db.CredentialCounts
            .Where(count => count.Kind == kind)
            .Select(count => count.Active)
            .SingleOrDefaultAsync(cancellationToken);

    /// <summary>How many lasting API keys the organization has, counted no further than the question needs.</summary>
    /// <param name="db">Bound to the organization, which the caller has locked.</param>
    /// <param name="atMost">Where to stop counting.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<int> LastingApiKeysAsync(
        this SafetyCenterDb db, int atMost, CancellationToken cancellationToken) =>
        db.ApiKeys.Lasting().Select(key => key.Id).Order().Take(atMost).CountAsync(cancellationToken);
}
