using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.OAuth;

/// <summary>One page of the list of apps: those that wait for approval first, then by name.</summary>
/// <param name="Groups">The lines.</param>
/// <param name="Next">Where the next page begins; null on the last one.</param>
/// <param name="Members">Registrations of each program that has several, those that wait first, then the newest.</param>
/// <param name="Dead">Which of all registrations would be cleaned up, by program.</param>
/// <param name="IdleSince">Since when apps are inactive, where they are.</param>
public sealed record AppGroupPage(
    IReadOnlyList<AppGroup> Groups,
    string? Next,
    ILookup<string, AppSummary> Members,
    ILookup<string, Id<OAuthApp>> Dead,
    IReadOnlyDictionary<Guid, Finding> IdleSince)
{
    /// <summary>How many registrations of one program are shown, beside those that wait.</summary>
    public const int MembersMax = 50;

    /// <summary>Loads it, in four statements at most.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="organization">The organization.</param>
    /// <param name="search">A part of a name or publisher; null for all.</param>
    /// <param name="after">Where it begins; null for the first page.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<AppGroupPage> LoadAsync(
        SafetyCenterDb db,
        Organization organization,
        string? search,
        string? after,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var found = AppGroup.Of(db, search);
        if (Position.Read(after) is var (waits, name, id))
        {
            found = found.Where(group => (waits && !group.Waits)
                || (group.Waits == waits && EF.Functions.GreaterThan(
                    ValueTuple.Create(group.SortedBy, group.App.Id), ValueTuple.Create(name, id))));
        }

        var groups = await found
            .OrderByDescending(group => group.Waits).ThenBy(group => group.SortedBy).ThenBy(group => group.App.Id)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        string? next = null;
        if (groups.Count > Cursor.PageSize)
        {
            groups.RemoveAt(Cursor.PageSize);
            next = new Position(groups[^1].Waits, groups[^1].SortedBy, groups[^1].App.Id).ToString();
        }

        var programs = groups.Where(group => group.IsGroup).Select(group => group.App.Client.Fingerprint).ToArray();
        var members = await AppSummary.Of(db)
            .Where(row => row.App.Client.OrganizationId == null && programs.Contains(row.App.Client.Fingerprint)
                && (row.App.ApprovedAt == null || db.OAuthApps.Count(newer => newer.DeletedAt == null
                    && newer.Client.OrganizationId == null
                    && newer.Client.Fingerprint == row.App.Client.Fingerprint
                    && EF.Functions.GreaterThan(
                        ValueTuple.Create(newer.CreatedAt, newer.Id),
                        ValueTuple.Create(row.App.CreatedAt, row.App.Id))) < MembersMax))
            .OrderBy(row => row.App.ApprovedAt != null).ThenByDescending(row => row.App.CreatedAt).ThenBy(row => row.App.Id)
            .ToListAsync(cancellationToken);
        var dead = await Registrations.Dead(db.OAuthApps, db.OAuthGrants, organization.Thresholds, now)
            .Where(app => programs.Contains(app.Client.Fingerprint))
            .Select(app => new { app.Client.Fingerprint, app.Id })
            .ToListAsync(cancellationToken);
        var shown = groups.Select(group => group.App.Id.Value).Concat(members.Select(row => row.App.Id.Value)).ToArray();
        var idle = await db.Findings.AsNoTracking().Open()
            .Where(finding => finding.Rule == FindingRule.InactiveOAuthApp.Name && shown.Contains(finding.SubjectId))
            .ToDictionaryAsync(finding => finding.SubjectId, cancellationToken);
        return new AppGroupPage(
            groups,
            next,
            members.ToLookup(row => row.App.Client.Fingerprint),
            dead.ToLookup(row => row.Fingerprint, row => row.Id),
            idle);
    }

    /// <summary>Where a page ends.</summary>
    private sealed record Position(bool Waits, string Name, Id<OAuthApp> Id)
    {
        public static Position? Read(string? text) =>
            text?.Split('_', 3) is [var waits, var id, var name]
                ? new Position(waits == "1", name.Replace('\0', ' '), Id<OAuthApp>.Parse(id, CultureInfo.InvariantCulture))
                : null;

        public override string ToString() => $"{(Waits ? 1 : 0)}_{Id}_{Name}";
    }
}
