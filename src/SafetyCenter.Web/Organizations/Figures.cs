using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Organizations;

/// <summary>
/// How one organization fares, for whoever operates the installation: counts, and never what is counted. Beside its own
/// name, no name of anything or anybody in it stands here.
/// </summary>
/// <param name="Slug">Its place in addresses.</param>
/// <param name="Name">Its name.</param>
/// <param name="CreatedAt">When it was founded.</param>
/// <param name="DisabledAt">When it was disabled, if it is.</param>
/// <param name="OpenAlerts">Its open alerts: leaked credentials that still open something, replays that nobody has seen.</param>
/// <param name="OpenFindings">What has been true for too long.</param>
/// <param name="FindingsByRule">The same, by the name of the rule; rules without a finding are absent.</param>
/// <param name="Admins">Active people who are admins.</param>
/// <param name="People">Active people.</param>
/// <param name="Keys">Active keys and tokens.</param>
public sealed record Figures(
    string Slug,
    string Name,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DisabledAt,
    int OpenAlerts,
    int OpenFindings,
    IReadOnlyDictionary<string, int> FindingsByRule,
    int Admins,
    int People,
    long Keys)
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>
    /// One page of all organizations, worst first: by open alerts, then by open findings, then the oldest. Three
    /// statements, however many there are.
    /// </summary>
    /// <param name="db">The database.</param>
    /// <param name="after">Where the page begins, as the page before said; null for the first.</param>
    /// <param name="size">How many it may hold.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The organizations, and where the next page begins.</returns>
    public static async Task<(IReadOnlyList<Figures> Page, string? Next)> WorstFirstAsync(
        SafetyCenterDb db, string? after, int size, CancellationToken cancellationToken)
    {
        var ranked = await RankedAsync(db, Place.Read(after) ?? Place.Start, size + 1, cancellationToken);
        var next = ranked.Count > size ? $"{Place.Of(ranked[size - 1])}" : null;
        var ids = ranked.Take(size).Select(row => new Id<Organization>(row.Id)).ToArray();
        var people = db.People.IgnoreQueryFilters(Filter).ActivePeople();
        var admins = db.People.IgnoreQueryFilters(Filter).Admins();
        var counts = await db.Organizations.IgnoreQueryFilters(Filter)
            .Where(organization => ids.Contains(organization.Id))
            .Select(organization => new
            {
                organization.Id,
                Admins = admins.Count(admin => admin.OrganizationId == organization.Id),
                People = people.Count(person => person.OrganizationId == organization.Id),
                Keys = db.CredentialCounts.Where(count => count.OrganizationId == organization.Id).Sum(count => count.Active),
            })
            .ToDictionaryAsync(row => row.Id.Value, cancellationToken);
        var byRule = (await db.Findings.IgnoreQueryFilters(Filter).Open()
            .Where(finding => ids.Contains(finding.OrganizationId))
            .GroupBy(finding => new { finding.OrganizationId, finding.Rule })
            .Select(found => new { found.Key.OrganizationId, found.Key.Rule, Count = found.Count() })
            .ToListAsync(cancellationToken))
            .ToLookup(row => row.OrganizationId.Value);
        return (
            [
                .. ranked.Take(size).Select(row => new Figures(
                    row.Slug,
                    row.Name,
                    row.CreatedAt,
                    row.DisabledAt,
                    row.OpenAlerts,
                    row.OpenFindings,
                    byRule[row.Id].ToDictionary(found => found.Rule, found => found.Count),
                    counts[row.Id].Admins,
                    counts[row.Id].People,
                    counts[row.Id].Keys)),
            ],
            next);
    }

    // In SQL, because the order is of counts: each is counted once, and compared with the place of the page before.
    private static Task<List<Ranked>> RankedAsync(
        SafetyCenterDb db, Place after, int limit, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<Ranked>(
            $"""
            SELECT o.id AS "Id", o.slug AS "Slug", o.name AS "Name", o.created_at AS "CreatedAt",
                   o.disabled_at AS "DisabledAt", coalesce(a.held, 0) AS "OpenAlerts", coalesce(f.held, 0) AS "OpenFindings"
            FROM organizations o
            LEFT JOIN (
                SELECT alert.organization_id, count(*)::int AS held
                FROM alerts alert JOIN credentials c ON c.id = alert.credential_id
                WHERE CASE WHEN alert.raised_by_report_id IS NULL THEN alert.acknowledged_at
                           ELSE coalesce(c.revoked_at, alert.dismissed_at) END IS NULL
                GROUP BY alert.organization_id
            ) a ON a.organization_id = o.id
            LEFT JOIN (
                SELECT organization_id, count(*)::int AS held FROM findings WHERE cleared_at IS NULL GROUP BY organization_id
            ) f ON f.organization_id = o.id
            WHERE (-coalesce(a.held, 0), -coalesce(f.held, 0), o.created_at, o.id)
                > ({-after.Alerts}, {-after.Findings}, {after.CreatedAt}, {after.Id})
            ORDER BY -coalesce(a.held, 0), -coalesce(f.held, 0), o.created_at, o.id
            LIMIT {limit}
            """).ToListAsync(cancellationToken);

    private sealed record Ranked(
        Guid Id, string Slug, string Name, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, int OpenAlerts,
        int OpenFindings);

    // Where a page ends: like Data/Cursor, with the counts before the time.
    private readonly record struct Place(int Alerts, int Findings, DateTimeOffset CreatedAt, Guid Id)
    {
        public static Place Start => new(int.MaxValue, int.MaxValue, DateTimeOffset.MinValue, Guid.Empty);

        public static Place Of(Ranked row) => new(row.OpenAlerts, row.OpenFindings, row.CreatedAt, row.Id);

        public static Place? Read(string? text) =>
            text?.Split('_', 3) is [var alerts, var findings, var cursor]
            && int.TryParse(alerts, NumberStyles.None, CultureInfo.InvariantCulture, out var open)
            && int.TryParse(findings, NumberStyles.None, CultureInfo.InvariantCulture, out var found)
            && Cursor.Read(cursor) is { } place
                ? new Place(open, found, place.At, place.Id)
                : null;

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Alerts}_{Findings}_{new Cursor(CreatedAt, Id)}");
    }
}
