using SafetyCenter.Web.Findings;

namespace SafetyCenter.Web.Jobs;

/// <summary>Raises and clears findings as time passes; everything else does so when it happens.</summary>
public sealed class ScanFindings(FindingsScan scan) : IScheduled
{
    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var run = await scan.RunAsync(organizationId: null, cancellationToken);
        return new { Job = "scan-findings", run.Raised, run.Cleared, run.StartedAt, run.FinishedAt };
    }
}
