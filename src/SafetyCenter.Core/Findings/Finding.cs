using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Findings;

/// <summary>
/// Something that has been true for too long. One row is one spell of it: when the cause goes the finding is cleared,
/// and when it returns a new row with the next generation is raised, so that the history stays.
/// Rows are written by the reconciliation alone.
/// </summary>
public sealed class Finding
{
    // For EF Core.
    private Finding() => Rule = "";

    /// <summary>Its id.</summary>
    public Id<Finding> Id { get; private set; }

    /// <summary>The organization it is about.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The name of the rule, such as <c>unused-api-key</c>.</summary>
    public string Rule { get; private set; }

    /// <summary>The id of what it is about: a key, an app, an invite, or the organization itself.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary>1 for the first spell, 2 when it came back, and so on.</summary>
    public int Generation { get; private set; }

    /// <summary>Since when it has been true.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>The threshold it was measured against: days, percent or months, as the rule says.</summary>
    public int Threshold { get; private set; }

    /// <summary>What was counted (admins), for rules that count.</summary>
    public int? Measured { get; private set; }

    /// <summary>Out of how many (active people), for rules that count.</summary>
    public int? OutOf { get; private set; }

    /// <summary>When we noticed.</summary>
    public DateTimeOffset RaisedAt { get; private set; }

    /// <summary>When its cause was gone; null while it stands.</summary>
    public DateTimeOffset? ClearedAt { get; private set; }
}

/// <summary>Questions about findings, as expressions that the database answers.</summary>
public static class FindingQueries
{
    /// <summary>Those that stand.</summary>
    public static IQueryable<Finding> Open(this IQueryable<Finding> findings) =>
        findings.Where(finding => finding.ClearedAt == null);

    /// <summary>Those that stood at a moment in the past.</summary>
    public static IQueryable<Finding> StandingAt(this IQueryable<Finding> findings, DateTimeOffset then) =>
        findings.Where(finding => finding.RaisedAt <= then && (finding.ClearedAt == null || finding.ClearedAt > then));
}
