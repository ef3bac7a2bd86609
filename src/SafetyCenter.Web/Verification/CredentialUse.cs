using System.Net;
using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Verification;

/// <summary>One caller of a credential on one UTC day: the key of a row of usage, less the credential.</summary>
internal readonly record struct Caller(DateOnly Day, string Address, string Client)
{
    /// <summary>All callers of a day that have no row of their own.</summary>
    public static Caller Other(DateOnly day) => new(day, Usage.OtherCallers, Usage.OtherCallers);

    /// <summary>Whether this stands for many.</summary>
    public bool IsOther => Address == Usage.OtherCallers;
}

/// <summary>How often a caller called, and when first and last.</summary>
internal sealed class Tally(DateTimeOffset firstAt)
{
    public long Calls { get; private set; }

    public DateTimeOffset FirstAt { get; private set; } = firstAt;

    public DateTimeOffset LastAt { get; private set; } = firstAt;

    public void Add(long calls, DateTimeOffset firstAt, DateTimeOffset lastAt)
    {
        Calls += calls;
        FirstAt = firstAt < FirstAt ? firstAt : FirstAt;
        LastAt = lastAt > LastAt ? lastAt : LastAt;
    }
}

/// <summary>
/// The uses of one credential since they were last written. Not safe by itself: whoever touches it holds its lock, and
/// once it is taken nothing is added any more.
/// </summary>
internal sealed class CredentialUse
{
    private readonly Dictionary<Caller, Tally> _callers = new(capacity: 1);

    // The last call as it came, and what was made of it: most calls come from the same caller again.
    private IPAddress? _rawAddress;
    private string? _rawClient;
    private Caller _caller;
    private Tally? _tally;

    public bool IsTaken { get; private set; }

    public DateTimeOffset LastAt { get; private set; }

    public string LastAddress { get; private set; } = "";

    public string LastClient { get; private set; } = "";

    public IReadOnlyDictionary<Caller, Tally> Callers => _callers;

    /// <summary>Adds one call.</summary>
    /// <param name="address">Where it came from.</param>
    /// <param name="userAgent">The client as it named itself.</param>
    /// <param name="now">When.</param>
    /// <param name="mayAddCaller">Whether memory has room for one more caller.</param>
    /// <returns>How many callers it added: none or one.</returns>
    public int Add(IPAddress? address, string? userAgent, DateTimeOffset now, bool mayAddCaller)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        var before = _callers.Count;
        if (_tally is null || day != _caller.Day || userAgent != _rawClient || !Equals(address, _rawAddress))
        {
            (_rawAddress, _rawClient) = (address, userAgent);
            _caller = new Caller(day, Client.AddressText(address), Client.Name(userAgent));
            _tally = TallyOf(_caller, now, mayAddCaller);
        }

        _tally.Add(1, now, now);
        if (now >= LastAt)
        {
            (LastAt, LastAddress, LastClient) = (now, _caller.Address, _caller.Client);
        }

        return _callers.Count - before;
    }

    /// <summary>Adds what another one holds, which could not be written.</summary>
    /// <returns>How many callers it added.</returns>
    public int Add(CredentialUse unwritten, bool mayAddCallers)
    {
        var before = _callers.Count;
        foreach (var (caller, tally) in unwritten._callers)
        {
            TallyOf(caller, tally.FirstAt, mayAddCallers).Add(tally.Calls, tally.FirstAt, tally.LastAt);
        }

        if (unwritten.LastAt > LastAt)
        {
            (LastAt, LastAddress, LastClient) = (unwritten.LastAt, unwritten.LastAddress, unwritten.LastClient);
        }

        return _callers.Count - before;
    }

    /// <summary>Nothing is added from now on.</summary>
    public void Take() => IsTaken = true;

    private Tally TallyOf(Caller caller, DateTimeOffset firstAt, bool mayAddCaller)
    {
        if (_callers.TryGetValue(caller, out var tally))
        {
            return tally;
        }

        if (!caller.IsOther && (!mayAddCaller || _callers.Count >= Usage.CallersPerDayMax))
        {
            return TallyOf(Caller.Other(caller.Day), firstAt, mayAddCaller);
        }

        return _callers[caller] = new Tally(firstAt);
    }
}
