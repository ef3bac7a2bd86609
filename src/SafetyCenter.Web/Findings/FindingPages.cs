using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Findings;

/// <summary>The subject of a finding, and why it is listed.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Since">Since when the rule holds for it.</param>
/// <param name="Threshold">The number of days that was reached.</param>
public sealed record Found<TSubject>(TSubject Subject, DateTimeOffset Since, int Threshold);

/// <summary>What a tab lists: the subjects of the findings of one rule that stand, longest-standing first.</summary>
public static class FindingPages
{
    /// <summary>Loads one page in two statements: the findings, then their subjects.</summary>
    /// <param name="db">The database.</param>
    /// <param name="rule">Which findings.</param>
    /// <param name="after">The cursor in the query string, if any.</param>
    /// <param name="subjects">Where the subjects are, with what is to be included.</param>
    /// <param name="idOf">The id of a subject.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The subjects in order, and where the next page begins.</returns>
    public static async Task<(IReadOnlyList<TSubject> Subjects, Cursor? Next)> LoadAsync<TSubject, TKind>(
        SafetyCenterDb db,
        FindingRule rule,
        string? after,
        IQueryable<TSubject> subjects,
        Expression<Func<TSubject, Id<TKind>>> idOf,
        CancellationToken cancellationToken)
        where TSubject : class
    {
        var (found, next) = await FindAsync(db, rule, after, subjects, idOf, cancellationToken);
        return ([.. found.Select(one => one.Subject)], next);
    }

    /// <summary>The same, with why each one is listed.</summary>
    public static async Task<(IReadOnlyList<Found<TSubject>> Found, Cursor? Next)> FindAsync<TSubject, TKind>(
        SafetyCenterDb db,
        FindingRule rule,
        string? after,
        IQueryable<TSubject> subjects,
        Expression<Func<TSubject, Id<TKind>>> idOf,
        CancellationToken cancellationToken)
        where TSubject : class
    {
        var findings = db.Findings.AsNoTracking().Open().Where(finding => finding.Rule == rule.Name);
        if (Cursor.Read(after) is { } cursor)
        {
            findings = findings.Where(finding => EF.Functions.GreaterThan(
                ValueTuple.Create(finding.Since, finding.SubjectId), ValueTuple.Create(cursor.At, cursor.Id)));
        }

        var page = await findings
            .OrderBy(finding => finding.Since).ThenBy(finding => finding.SubjectId)
            .Take(Cursor.PageSize + 1)
            .Select(finding => new { finding.Since, finding.SubjectId, finding.Threshold })
            .ToListAsync(cancellationToken);
        if (page.Count == 0)
        {
            return ([], null);
        }

        Cursor? next = null;
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            next = new Cursor(page[^1].Since, page[^1].SubjectId);
        }

        var ids = page.Select(row => new Id<TKind>(row.SubjectId)).ToArray();
        var isShown = Expression.Lambda<Func<TSubject, bool>>(
            Expression.Call(
                typeof(Enumerable), nameof(Enumerable.Contains), [typeof(Id<TKind>)], Expression.Constant(ids), idOf.Body),
            idOf.Parameters);
        var read = idOf.Compile();
        var byId = await subjects.Where(isShown).ToDictionaryAsync(subject => read(subject).Value, cancellationToken);
        return (
            [
                .. page.Where(row => byId.ContainsKey(row.SubjectId))
                    .Select(row => new Found<TSubject>(byId[row.SubjectId], row.Since, row.Threshold)),
            ],
            next);
    }
}
