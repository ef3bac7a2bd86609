using System.Collections.Concurrent;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Remembers who used what until it is written, a moment later and for many calls at once. Only accepted calls come
/// here: what was refused, a leak report or a look at a page is no use.
/// </summary>
public sealed class UsageBuffer(TimeProvider time)
{
    /// <summary>
    /// How many credentials can wait to be written, which matters while the database is away. Uses of further ones are
    /// lost, and counted.
    /// </summary>
    internal const int CredentialsMax = 200_000;

    /// <summary>
    /// How many callers, of all credentials, can wait to be written. Further ones are counted as
    /// <see cref="Usage.OtherCallers"/>.
    /// </summary>
    internal const int CallersMax = 200_000;

    private readonly ConcurrentDictionary<Id<Credential>, CredentialUse> _uses = new();
    private int _credentials;
    private int _callers;
    private long _lost;

    /// <summary>Notes that a call with these credentials was let in.</summary>
    /// <param name="authentication">The credentials; each of them was used.</param>
    /// <param name="context">The call, for its address, client and service.</param>
    /// <param name="permission">The permission that the call made use of, at our own API.</param>
    public void Note(Authentication authentication, HttpContext context, string? permission = null)
    {
        var call = Call.Of(context);
        var now = time.GetUtcNow();
        if (authentication.ApiKey is { } apiKey)
        {
            Note(apiKey.Id, call, permission: null, now);
        }

        if (authentication.Credential is { } credential && credential != authentication.ApiKey)
        {
            Note(credential.Id, call, permission, now);
        }
    }

    /// <summary>Notes that a call made use of one credential, which it need not have sent.</summary>
    public void Note(Id<Credential> id, HttpContext context) =>
        Note(id, Call.Of(context), permission: null, time.GetUtcNow());

    /// <summary>Notes one use of one credential.</summary>
    internal void Note(Id<Credential> id, Call call, string? permission, DateTimeOffset now) =>
        Change(
            id,
            (call, permission, now, room: HasRoomForCallers),
            static (use, what) => use.Add(what.call, what.permission, what.now, what.room),
            calls: 1);

    /// <summary>Hands over what was noted, and forgets it.</summary>
    /// <param name="atMost">Of how many credentials; further ones wait for the next time.</param>
    internal IReadOnlyList<KeyValuePair<Id<Credential>, CredentialUse>> Take(int atMost)
    {
        var taken = new List<KeyValuePair<Id<Credential>, CredentialUse>>();
        foreach (var pair in _uses)
        {
            if (taken.Count == atMost)
            {
                break;
            }

            if (_uses.TryRemove(pair))
            {
                lock (pair.Value)
                {
                    pair.Value.Take();
                }

                Interlocked.Decrement(ref _credentials);
                Interlocked.Add(ref _callers, -pair.Value.Callers.Count);
                taken.Add(pair);
            }
        }

        return taken;
    }

    /// <summary>Takes back what could not be written.</summary>
    internal void TakeBack(IEnumerable<KeyValuePair<Id<Credential>, CredentialUse>> unwritten)
    {
        foreach (var (id, earlier) in unwritten)
        {
            Change(
                id,
                (earlier, room: HasRoomForCallers),
                static (use, unwritten) => use.Add(unwritten.earlier, unwritten.room),
                calls: earlier.Callers.Values.Sum(tally => tally.Calls));
        }
    }

    /// <summary>Whether nothing waits.</summary>
    internal bool IsEmpty => _uses.IsEmpty;

    /// <summary>How many uses were lost since this was last asked, because too many credentials waited.</summary>
    internal long TakeLost() => Interlocked.Exchange(ref _lost, 0);

    private bool HasRoomForCallers => Volatile.Read(ref _callers) < CallersMax;

    // What is to be added is passed beside a static function, so that a call on the hot path allocates nothing.
    private void Change<T>(Id<Credential> id, T what, Func<CredentialUse, T, int> add, long calls)
    {
        while (true)
        {
            if (!_uses.TryGetValue(id, out var use))
            {
                if (Volatile.Read(ref _credentials) >= CredentialsMax)
                {
                    Interlocked.Add(ref _lost, calls);
                    return;
                }

                use = new CredentialUse();
                if (!_uses.TryAdd(id, use))
                {
                    continue;
                }

                Interlocked.Increment(ref _credentials);
            }

            lock (use)
            {
                // Taken between being found and being locked: what is added now would be lost.
                if (!use.IsTaken)
                {
                    Interlocked.Add(ref _callers, add(use, what));
                    return;
                }
            }
        }
    }
}
