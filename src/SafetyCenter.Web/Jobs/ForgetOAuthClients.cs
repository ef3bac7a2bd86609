using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;

namespace SafetyCenter.Web.Jobs;

/// <summary>Forgets programs that registered themselves and that no organization let in within a day.</summary>
public sealed class ForgetOAuthClients(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var forgotten = await DynamicRegistration.ForgetAsync(db, time.GetUtcNow(), cancellationToken);
        return new { Job = "forget-oauth-clients", Forgotten = forgotten };
    }
}
