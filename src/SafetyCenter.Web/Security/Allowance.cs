namespace SafetyCenter.Web.Security;

/// <summary>
/// So many at once, and one more whenever a while has passed, for each of those who ask. What somebody has left is kept as one
/// moment: the one at which they will have all of it again.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="atOnce">How many at once.</param>
/// <param name="each">The while.</param>
public sealed class Allowance(TimeProvider time, int atOnce, TimeSpan each)
{
    /// <summary>How many names are remembered.</summary>
    public const int NamesMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _fullAgainAt = [];

    /// <summary>Takes one of those that somebody has.</summary>
    /// <returns>How long to wait first; nothing when one was taken.</returns>
    public TimeSpan Take(string name)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var fullAgainAt = (_fullAgainAt.TryGetValue(name, out var known) && known > now ? known : now) + each;
            var wait = fullAgainAt - now - (atOnce * each);
            if (wait > TimeSpan.Zero)
            {
                return wait;
            }

            MakeRoom();
            _fullAgainAt[name] = fullAgainAt;
            return TimeSpan.Zero;
        }
    }

    // Whoever floods us with names must not make us forget those who have used up most of theirs.
    private void MakeRoom()
    {
        if (_fullAgainAt.Count < NamesMax)
        {
            return;
        }

        foreach (var (name, _) in _fullAgainAt.OrderBy(row => row.Value).Take(NamesMax / 2).ToList())
        {
            _fullAgainAt.Remove(name);
        }
    }
}
