using System.Collections.Concurrent;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// What a secret means now. It remembers the answers of the database, and forgets one as soon as it is no longer true:
/// at once when this process changed it, and on the database's word when another one did.
/// </summary>
/// <remarks>
/// Three rules keep it honest:
/// <list type="number">
/// <item>It trusts its memory only for <see cref="Lease"/> after the last sign that the database's word still reaches
/// us (<see cref="Heard"/>); without it every call asks the database. A revocation anywhere is therefore in force after
/// that time at the latest, also when a network swallows everything without a sound.</item>
/// <item>An answer that was on its way while anything was forgotten is given, but not remembered: it may be older than
/// what we were told.</item>
/// <item>What nobody issued is never remembered, so that a new credential works at once, and nobody can fill the memory
/// with inventions.</item>
/// </list>
/// </remarks>
public sealed class CredentialDirectory
{
    /// <summary>How many credentials are remembered: some 400 bytes each.</summary>
    public const int RememberedMax = 200_000;

    /// <summary>How long memory is trusted without a sign from the database: less than the second we promise.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(900);

    private const int NotListening = -1;

    private readonly ConcurrentDictionary<SecretHash, Known> _remembered = new();
    private readonly Func<SecretHash, CancellationToken, Task<Known?>> _askDatabase;
    private readonly TimeProvider _time;
    private readonly int _rememberedMax;

    // Everything that writes to the memory holds this lock; calls only read.
    private readonly Lock _writing = new();
    private long _forgotten;
    private int _count;
    private bool _isListening;
    private long _lastHeard;

    /// <summary>An empty directory that trusts nothing until it hears that somebody listens.</summary>
    /// <param name="askDatabase">Answers from the database.</param>
    /// <param name="time">The clock; only its monotonic timestamps are used.</param>
    /// <param name="rememberedMax">How many credentials are remembered.</param>
    internal CredentialDirectory(
        Func<SecretHash, CancellationToken, Task<Known?>> askDatabase,
        TimeProvider time,
        int rememberedMax = RememberedMax) =>
        (_askDatabase, _time, _rememberedMax) = (askDatabase, time, rememberedMax);

    /// <summary>What the secret with this hash means now; null when we never issued it.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database had to be asked and does not answer.</exception>
    public ValueTask<Known?> FindAsync(SecretHash hash, CancellationToken cancellationToken) =>
        IsTrusted && _remembered.TryGetValue(hash, out var known)
            ? new ValueTask<Known?>(known)
            : new ValueTask<Known?>(AskAsync(hash, cancellationToken));

    /// <summary>Whether the memory answers calls now.</summary>
    internal bool IsTrusted =>
        Volatile.Read(ref _isListening) && _time.GetElapsedTime(Volatile.Read(ref _lastHeard)) < Lease;

    /// <summary>The credential has changed.</summary>
    public void Forget(SecretHash hash)
    {
        lock (_writing)
        {
            _forgotten++;
            Remove(hash);
        }
    }

    /// <summary>
    /// A user, an organization or an OAuth app has changed, and with it perhaps what the keys and tokens open that belong
    /// to it.
    /// </summary>
    /// <param name="owner">The id of any of them.</param>
    public void ForgetOwnedBy(Guid owner)
    {
        lock (_writing)
        {
            _forgotten++;
            foreach (var (hash, known) in _remembered)
            {
                if (known.OwnerId?.Value == owner || known.OrganizationId.Value == owner || known.AppId?.Value == owner)
                {
                    Remove(hash);
                }
            }
        }
    }

    /// <summary>From now on every change in the database will be told here.</summary>
    /// <param name="asOf">The timestamp of a moment at which that was already so.</param>
    internal void StartTrusting(long asOf)
    {
        lock (_writing)
        {
            ForgetEverything();
            Volatile.Write(ref _lastHeard, asOf);
            Volatile.Write(ref _isListening, true);
        }
    }

    /// <summary>The database has shown that what it told until a moment has arrived.</summary>
    /// <param name="asOf">The timestamp of that moment.</param>
    internal void Heard(long asOf) => Volatile.Write(ref _lastHeard, asOf);

    /// <summary>Changes are no longer told.</summary>
    internal void StopTrusting()
    {
        lock (_writing)
        {
            Volatile.Write(ref _isListening, false);
            ForgetEverything();
        }
    }

    private async Task<Known?> AskAsync(SecretHash hash, CancellationToken cancellationToken)
    {
        var forgottenBefore = ForgottenSoFar();
        var known = await _askDatabase(hash, cancellationToken);
        if (known is not null && forgottenBefore != NotListening)
        {
            Remember(hash, known, forgottenBefore);
        }

        return known;
    }

    private long ForgottenSoFar()
    {
        lock (_writing)
        {
            return _isListening ? _forgotten : NotListening;
        }
    }

    private void Remember(SecretHash hash, Known known, long forgottenBefore)
    {
        lock (_writing)
        {
            if (_forgotten != forgottenBefore)
            {
                return;
            }

            if (_count >= _rememberedMax)
            {
                ForgetATenth();
            }

            if (_remembered.TryAdd(hash, known))
            {
                _count++;
            }
        }
    }

    // Whichever come first in the order of their hashes, which is no order at all. A credential in use comes back with
    // its next call, so that it does not pay to keep a record of who was used when.
    private void ForgetATenth()
    {
        foreach (var (hash, _) in _remembered.Take((_rememberedMax / 10) + 1))
        {
            Remove(hash);
        }
    }

    private void ForgetEverything()
    {
        _forgotten++;
        _remembered.Clear();
        _count = 0;
    }

    private void Remove(SecretHash hash)
    {
        if (_remembered.TryRemove(hash, out _))
        {
            _count--;
        }
    }
}
