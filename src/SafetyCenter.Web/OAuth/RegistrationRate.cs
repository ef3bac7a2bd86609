using System.Net;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// How often programs may try to register themselves: so often from one address, and so often in all. Only tries that were
/// let through are remembered, so that there are never more than may be let through; refused ones cost nothing.
/// </summary>
public sealed class RegistrationRate(TimeProvider time)
{
    /// <summary>How many tries one address has in a minute.</summary>
    public const int TriesOfAddress = 10;

    /// <summary>How many tries there are in a minute in all.</summary>
    public const int TriesOfAll = 60;

    /// <summary>For how long a try counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<(string Address, DateTimeOffset At)> _tries = [];

    /// <summary>Takes one of the tries.</summary>
    /// <returns>How long to wait first; nothing when the try was taken.</returns>
    public TimeSpan Take(IPAddress? address)
    {
        var (now, from) = (time.GetUtcNow(), AddressName.Of(address));
        lock (_gate)
        {
            while (_tries.TryPeek(out var oldest) && oldest.At + Window <= now)
            {
                _tries.Dequeue();
            }

            var own = _tries.Where(tried => tried.Address == from).ToList();
            DateTimeOffset? decisive = own.Count >= TriesOfAddress ? own[0].At
                : _tries.Count >= TriesOfAll ? _tries.Peek().At
                : null;
            if (decisive is { } first)
            {
                return first + Window - now;
            }

            _tries.Enqueue((from, now));
            return TimeSpan.Zero;
        }
    }
}
