using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Findings;

/// <summary>What a reconciliation did.</summary>
/// <param name="Raised">Findings that are new.</param>
/// <param name="Cleared">Findings whose cause is gone.</param>
public readonly record struct Reconciled(int Raised, int Cleared)
{
    /// <summary>Both together.</summary>
    public static Reconciled operator +(Reconciled left, Reconciled right) =>
        new(left.Raised + right.Raised, left.Cleared + right.Cleared);

    /// <summary>Both together.</summary>
    public static Reconciled Add(Reconciled left, Reconciled right) => left + right;
}

/// <summary>What to look at: everything, one organization, or some subjects of a rule.</summary>
/// <param name="OrganizationId">The one organization; null for all.</param>
/// <param name="SubjectIds">The subjects; null for all.</param>
public sealed record Extent(Id<Organization>? OrganizationId, IReadOnlyCollection<Guid>? SubjectIds)
{
    /// <summary>Everything.</summary>
    public static readonly Extent All = new(null, null);

    /// <summary>One organization.</summary>
    public static Extent Of(Id<Organization> organizationId) => new(organizationId, null);

    /// <summary>Some subjects.</summary>
    public static Extent Of(IReadOnlyCollection<Guid> subjectIds) => new(null, subjectIds);
}

/// <summary>
/// Makes the findings say what the rules say: one statement per rule raises what is new, corrects what was measured,
/// and clears what is gone. A statement that finds nothing to change writes nothing.
/// </summary>
public static class Reconciliation
{
    // The rule's own SELECT stands where {0} is; its columns carry the names of Holding's members.
    // NOT EXISTS and not ON CONFLICT alone: a conflict would write to the log for every finding that stands.
    private const string Statement = """
        WITH holding AS MATERIALIZED (
            SELECT "OrganizationId" AS organization_id, {2} AS subject_id, "Since" AS since, "Threshold" AS threshold,
                   {3}::int AS measured, {4}::int AS out_of
            FROM (
        {0}
            ) rule
        ), cleared AS (
            UPDATE findings f SET cleared_at = @p_now
            WHERE f.rule = @p_rule AND f.cleared_at IS NULL {1}
              AND NOT EXISTS (SELECT 1 FROM holding h WHERE h.subject_id = f.subject_id)
            RETURNING 1
        ), corrected AS (
            UPDATE findings f
            SET threshold = h.threshold, measured = h.measured, out_of = h.out_of,
                since = CASE WHEN f.threshold <> h.threshold THEN h.since ELSE f.since END
            FROM holding h
            WHERE f.rule = @p_rule AND f.subject_id = h.subject_id AND f.cleared_at IS NULL
              AND (f.threshold, f.measured, f.out_of) IS DISTINCT FROM (h.threshold, h.measured, h.out_of)
        ), raised AS (
            INSERT INTO findings
                (id, organization_id, rule, subject_id, generation, since, threshold, measured, out_of, raised_at)
            SELECT gen_random_uuid(), h.organization_id, @p_rule, h.subject_id,
                   1 + coalesce((SELECT max(generation) FROM findings p
                                 WHERE p.rule = @p_rule AND p.subject_id = h.subject_id), 0),
                   h.since, h.threshold, h.measured, h.out_of, @p_now
            FROM holding h
            WHERE NOT EXISTS (SELECT 1 FROM findings f
                              WHERE f.rule = @p_rule AND f.subject_id = h.subject_id AND f.cleared_at IS NULL)
            ON CONFLICT DO NOTHING
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM raised)::int, (SELECT count(*) FROM cleared)::int
        """;

    /// <summary>Reconciles one rule within a scope.</summary>
    public static async Task<Reconciled> RunAsync(
        SafetyCenterDb db, FindingRule rule, Extent scope, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            var (select, columns) = await SelectAsync(db, rule, scope, now, cancellationToken);
            await using var command = select;
            var within = "";
            if (scope == Extent.All)
            {
                within += "AND EXISTS (SELECT 1 FROM organizations o WHERE o.id = f.organization_id AND o.disabled_at IS NULL) ";
            }

            if (scope.OrganizationId is { } organizationId)
            {
                within += "AND f.organization_id = @p_organization ";
                command.Parameters.Add(new NpgsqlParameter("p_organization", organizationId.Value));
            }

            if (scope.SubjectIds is { } subjectIds)
            {
                within += "AND f.subject_id = ANY (@p_subjects) ";
                command.Parameters.Add(new NpgsqlParameter("p_subjects", subjectIds.ToArray()));
            }

            command.CommandText = columns
                .Aggregate(Statement, (text, column) => text.Replace(column.Key, column.Value, StringComparison.Ordinal))
                .Replace("{1}", within, StringComparison.Ordinal)
                .Replace("{0}", command.CommandText, StringComparison.Ordinal);
            command.Parameters.Add(new NpgsqlParameter("p_rule", rule.Name));
            command.Parameters.Add(new NpgsqlParameter("p_now", now.UtcDateTime));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return new Reconciled(reader.GetInt32(0), reader.GetInt32(1));
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    /// <summary>How many subjects of an organization each rule would hold for at a moment. One statement.</summary>
    public static async Task<Dictionary<string, int>> CountAsync(
        SafetyCenterDb db, Organization organization, DateTimeOffset when, CancellationToken cancellationToken)
    {
        var organizationId = organization.Id;
        var rules = Rules.Of(db, db.Organizations, organization.Thresholds.UnusedApiKeyDays, when);
        var counts = Count(FindingRule.UnusedApiKey, rules.UnusedApiKeys)
            .Concat(Count(FindingRule.InactiveOAuthApp, rules.InactiveOAuthApps))
            .Concat(Count(FindingRule.StaleInvite, rules.StaleInvites))
            .Concat(Count(FindingRule.TooManyAdmins, rules.TooManyAdmins))
            .Concat(Count(FindingRule.OnlyOneAdmin, rules.OnlyOneAdmin))
            .Concat(Count(FindingRule.ContactsDue, rules.ContactsDue));
        return await counts.ToDictionaryAsync(row => row.Rule, row => row.Count, cancellationToken);

        IQueryable<RuleCount> Count<T>(FindingRule rule, IQueryable<T> holdings)
            where T : Holding => holdings
            .Where(holding => holding.OrganizationId == organizationId)
            .GroupBy(holding => 1)
            .Select(held => new RuleCount { Rule = rule.Name, Count = held.Count() });
    }

    private static async Task<(DbCommand Select, Dictionary<string, string> Columns)> SelectAsync(
        SafetyCenterDb db, FindingRule rule, Extent scope, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Of disabled organizations a scan of everything raises and clears nothing.
        var organizations = scope == Extent.All ? db.Organizations.Enabled() : db.Organizations;
        var rules = Rules.Of(db, organizations, await LowestThresholdAsync(db, rule, scope, cancellationToken), now);
        return rule.Name switch
        {
            "unused-api-key" => OfSubjects(rules.UnusedApiKeys),
            "inactive-oauth-app" => OfSubjects(rules.InactiveOAuthApps),
            "stale-invite" => OfSubjects(rules.StaleInvites),
            "too-many-admins" => (Within(rules.TooManyAdmins), Columns("\"OrganizationId\"", "\"Measured\"", "\"OutOf\"")),
            "only-one-admin" => (Within(rules.OnlyOneAdmin), Columns("\"OrganizationId\"")),
            "contacts-due" => (Within(rules.ContactsDue), Columns("\"OrganizationId\"")),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule.Name, "No such rule."),
        };

        (DbCommand, Dictionary<string, string>) OfSubjects<T>(IQueryable<SubjectHolding<T>> holdings)
        {
            if (scope.SubjectIds is { } subjectIds)
            {
                var ids = subjectIds.Select(id => new Id<T>(id)).ToArray();
                holdings = holdings.Where(holding => ids.Contains(holding.SubjectId));
            }

            return (Within(holdings), Columns("\"SubjectId\""));
        }

        DbCommand Within<T>(IQueryable<T> holdings)
            where T : Holding => (scope.OrganizationId is { } organizationId
                ? holdings.Where(holding => holding.OrganizationId == organizationId)
                : holdings).CreateDbCommand();

        static Dictionary<string, string> Columns(string subject, string measured = "NULL", string outOf = "NULL") =>
            new() { ["{2}"] = subject, ["{3}"] = measured, ["{4}"] = outOf };
    }

    // The lowest threshold of all organizations bounds what the index on the quiet day hands over to a scan of
    // everything. Where the scope bounds it already, one day will do.
    private static async Task<int> LowestThresholdAsync(
        SafetyCenterDb db, FindingRule rule, Extent scope, CancellationToken cancellationToken) =>
        rule == FindingRule.UnusedApiKey && scope == Extent.All
            ? await db.Organizations.MinAsync(
                organization => (int?)organization.Thresholds.UnusedApiKeyDays, cancellationToken) ?? 1
            : 1;

    private sealed record Rules(
        IQueryable<SubjectHolding<Credential>> UnusedApiKeys,
        IQueryable<SubjectHolding<Core.OAuth.OAuthApp>> InactiveOAuthApps,
        IQueryable<SubjectHolding<Core.Users.Invite>> StaleInvites,
        IQueryable<CountedHolding> TooManyAdmins,
        IQueryable<OrganizationHolding> OnlyOneAdmin,
        IQueryable<OrganizationHolding> ContactsDue)
    {
        // Rules run for jobs and for saves in any organization, so the organization filter is lifted here.
        public static Rules Of(
            SafetyCenterDb db, IQueryable<Organization> organizations, int lowestThreshold, DateTimeOffset now)
        {
            string[] filter = [CurrentOrganization.Filter];
            var users = db.People.IgnoreQueryFilters(filter);
            return new Rules(
                FindingRules.UnusedApiKeys(db.ApiKeys.IgnoreQueryFilters(filter), organizations, lowestThreshold, now),
                FindingRules.InactiveOAuthApps(
                    db.OAuthApps.IgnoreQueryFilters(filter),
                    db.OAuthGrants.IgnoreQueryFilters(filter),
                    db.OAuthClientSecrets.IgnoreQueryFilters(filter),
                    organizations,
                    now),
                FindingRules.StaleInvites(db.Invites.IgnoreQueryFilters(filter), organizations, now),
                FindingRules.TooManyAdmins(organizations, users, now),
                FindingRules.OnlyOneAdmin(organizations, users, now),
                FindingRules.ContactsDue(organizations, db.SecurityContacts.IgnoreQueryFilters(filter), now));
        }
    }

    private sealed class RuleCount
    {
        public required string Rule { get; init; }

        public required int Count { get; init; }
    }
}
