using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Findings;

/// <summary>A rule holds: what the rules answer, and what the reconciliation compares with findings.</summary>
public abstract class Holding
{
    /// <summary>The organization it is about.</summary>
    public required Id<Organization> OrganizationId { get; init; }

    /// <summary>Since when it has been true.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The threshold it was measured against.</summary>
    public required int Threshold { get; init; }
}

/// <summary>A rule holds for one thing of an organization.</summary>
/// <typeparam name="T">What the rule is about.</typeparam>
public sealed class SubjectHolding<T> : Holding
{
    /// <summary>What it is about.</summary>
    public required Id<T> SubjectId { get; init; }
}

/// <summary>A rule holds for an organization as a whole.</summary>
public sealed class OrganizationHolding : Holding;

/// <summary>A rule that counts holds for an organization as a whole.</summary>
public sealed class CountedHolding : Holding
{
    /// <summary>How many were counted.</summary>
    public required int Measured { get; init; }

    /// <summary>Out of how many.</summary>
    public required int OutOf { get; init; }
}
