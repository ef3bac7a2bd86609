using System.Diagnostics;

namespace SafetyCenter.Tests.Support;

/// <summary>Waits for what happens by itself, and no longer than it takes.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Looks again and again until it is true; fails after fifteen seconds.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"This did not happen within {Patience.TotalSeconds} s: {what}");
            }

            await Task.Delay(10, CancellationToken.None);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <inheritdoc cref="IsTrueAsync(Func{Task{bool}}, string)"/>
    public static Task<TimeSpan> IsTrueAsync(Func<bool> condition, string what) =>
        IsTrueAsync(() => Task.FromResult(condition()), what);
}
