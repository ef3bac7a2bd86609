using System.Net;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// Counts wrong passwords by the address they come from, for whoever tries one password on many people: the lockout, which
/// counts by person, never sees that. Kept in memory, because losing it costs an attacker's count and nothing else.
/// </summary>
public sealed class FailedTries(TimeProvider time)
{
    /// <summary>How many wrong tries an address has.</summary>
    public const int TriesMax = 50;

    /// <summary>How many addresses are remembered.</summary>
    public const int AddressesMax = 10_000;

    /// <summary>From the first wrong try on, for how long they count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Count, DateTimeOffset Until)> _tries = [];

    /// <summary>How long this address has to wait; nothing when it may try.</summary>
    public TimeSpan WaitOf(IPAddress? address)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            return _tries.TryGetValue(AddressName.Of(address), out var tries) && tries.Count >= TriesMax && tries.Until > now
                ? tries.Until - now
                : TimeSpan.Zero;
        }
    }

    /// <summary>A try from this address was wrong.</summary>
    public void Note(IPAddress? address)
    {
        var now = time.GetUtcNow();
        var key = AddressName.Of(address);
        lock (_gate)
        {
            if (!_tries.TryGetValue(key, out var tries) || tries.Until <= now)
            {
                MakeRoom(now);
                tries = (0, now + Window);
            }

            _tries[key] = (tries.Count + 1, tries.Until);
        }
    }

    // Whoever floods us with addresses must not make us forget the one that has used its tries up.
    private void MakeRoom(DateTimeOffset now)
    {
        if (_tries.Count < AddressesMax)
        {
            return;
        }

        foreach (var (key, tries) in _tries.Where(row => row.Value.Until <= now || row.Value.Count < TriesMax).ToList())
        {
            _tries.Remove(key);
        }

        if (_tries.Count >= AddressesMax)
        {
            _tries.Clear();
        }
    }
}
