using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Verification;

/// <summary>Where a call came from, as it came.</summary>
/// <param name="Address">The peer's address.</param>
/// <param name="UserAgent">What the client calls itself.</param>
/// <param name="Service">What the service calls itself.</param>
internal readonly record struct Call(IPAddress? Address, string? UserAgent, string? Service)
{
    /// <summary>The header in which a caller may say which service it is; the name is that of Datadog's DD_SERVICE.</summary>
    public const string ServiceHeader = "DD-SERVICE";

    public static Call Of(HttpContext context)
    {
        var headers = context.Request.Headers;
        var (client, service) = (headers.UserAgent, headers[ServiceHeader]);
        return new(
            context.Connection.RemoteIpAddress,
            client.Count == 1 ? client[0] : client.ToString(),
            service.Count == 1 ? service[0] : service.Count == 0 ? "" : service.ToString());
    }

    /// <summary>The caller, as it is kept.</summary>
    public Caller On(DateOnly day) => new(
        day,
        ClientName.Address(Address),
        ClientName.Of(UserAgent, Usage.ClientLengthMax),
        ClientName.Of(Service, Usage.ServiceLengthMax));
}

/// <summary>One caller of a credential on one UTC day: the key of a row of usage, less the credential.</summary>
internal readonly record struct Caller(DateOnly Day, string Address, string Client, string Service)
{
    /// <summary>All callers of a day that have no row of their own.</summary>
    public static Caller Other(DateOnly day) => new(day, Usage.OtherCallers, Usage.OtherCallers, Usage.OtherCallers);

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
    private static readonly Dictionary<string, Tally> NoScopes = [];

    private readonly Dictionary<Caller, Tally> _callers = new(capacity: 1);

    // How often which permission was made use of; most credentials never call our own API.
    private Dictionary<string, Tally>? _scopes;

    // The last call as it came, and what was made of it: most calls come from the same caller again.
    private Call _call;
    private Caller _caller;
    private Tally? _tally;

    public bool IsTaken { get; private set; }

    public DateTimeOffset LastAt { get; private set; }

    public string LastAddress { get; private set; } = "";

    public string LastClient { get; private set; } = "";

    public IReadOnlyDictionary<Caller, Tally> Callers => _callers;

    public IReadOnlyDictionary<string, Tally> Scopes => _scopes ?? NoScopes;

    /// <summary>Adds one call.</summary>
    /// <param name="call">Where it came from.</param>
    /// <param name="permission">The permission it made use of, if that is known.</param>
    /// <param name="now">When.</param>
    /// <param name="mayAddCaller">Whether memory has room for one more caller.</param>
    /// <returns>How many callers it added: none or one.</returns>
    public int Add(Call call, string? permission, DateTimeOffset now, bool mayAddCaller)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        var before = _callers.Count;
        if (_tally is null || day != _caller.Day || call != _call)
        {
            _call = call;
            _caller = call.On(day);
            _tally = TallyOf(_caller, now, mayAddCaller);
        }

        _tally.Add(1, now, now);
        if (permission is not null)
        {
            UseOf(permission, now).Add(1, now, now);
        }

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

        foreach (var (permission, tally) in unwritten.Scopes)
        {
            UseOf(permission, tally.FirstAt).Add(tally.Calls, tally.FirstAt, tally.LastAt);
        }

        if (unwritten.LastAt > LastAt)
        {
            (LastAt, LastAddress, LastClient) = (unwritten.LastAt, unwritten.LastAddress, unwritten.LastClient);
        }

        return _callers.Count - before;
    }

    /// <summary>Nothing is added from now on.</summary>
    public void Take() => IsTaken = true;

    private Tally UseOf(string permission, DateTimeOffset firstAt)
    {
        _scopes ??= new(StringComparer.Ordinal);
        return _scopes.TryGetValue(permission, out var tally) ? tally : _scopes[permission] = new Tally(firstAt);
    }

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
