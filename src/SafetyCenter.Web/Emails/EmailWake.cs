namespace SafetyCenter.Web.Emails;

/// <summary>Rings when an email was written, so that it leaves at once and not at the next sweep.</summary>
public sealed class EmailWake : IDisposable
{
    private readonly SemaphoreSlim _bell = new(0, 1);

    /// <summary>Wakes the sender; ringing twice before it looks wakes it once.</summary>
    public void Ring()
    {
        lock (_bell)
        {
            if (_bell.CurrentCount == 0)
            {
                _bell.Release();
            }
        }
    }

    /// <summary>Waits for the bell, or for the time to be over.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        _bell.WaitAsync(atMost, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();
}
