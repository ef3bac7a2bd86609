using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Jobs;

/// <summary>Sends what is due. Usually the sender has done so already.</summary>
public sealed class SendLetters(EmailOutbox outbox) : IScheduled
{
    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var (sent, failed) = await outbox.SendDueAsync(cancellationToken);
        return new { Job = "send-letters", Sent = sent, Failed = failed };
    }
}
