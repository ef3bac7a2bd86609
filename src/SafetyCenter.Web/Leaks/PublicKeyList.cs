using System.Net;
using System.Net.Http.Headers;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// The public keys of one reporter, fetched when needed and kept. Each reporter has its own list, so that no key of one
/// is ever good under another's headers.
/// </summary>
/// <remarks>
/// 1. A list is fresh for six hours, and good for twenty-four when no newer one can be had.
/// 2. An identifier it does not name may be a new key, so the list is fetched again: at most once a minute, or ten
///    seconds after a failure, or when the reporter says so (429 and 403, up to an hour).
/// 3. There is one fetch at a time, on behalf of all who wait. It belongs to none of them: one giving up ends nothing.
/// 4. "Unknown" is said only on the word of a list fetched within the last minute. A failure is never "unknown".
/// Nothing is kept for an identifier asked for, so asking for many costs nothing.
/// </remarks>
public sealed class PublicKeyList
{
    private const int LongestBody = 64 * 1024;

    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(6);
    private static readonly TimeSpan GoodFor = TimeSpan.FromHours(24);
    private static readonly TimeSpan BetweenFetches = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(10);

    private readonly string _origin;
    private readonly Uri _address;
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly bool _acceptsFormerKeys;

    private readonly Lock _gate = new();
    private PublicKeySet? _keys;
    private EntityTagHeaderValue? _version;
    private DateTimeOffset _fetchedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _nextFetchAt = DateTimeOffset.MinValue;
    private int _refusals;
    private Task? _fetch;

    /// <summary>The list at an address; nothing is fetched before the first question.</summary>
    /// <param name="origin">The reporter's name, for the log.</param>
    /// <param name="address">Where the reporter publishes its keys.</param>
    /// <param name="http">A client from <see cref="Connect"/>.</param>
    /// <param name="clock">The time, and the timer of a fetch.</param>
    /// <param name="logger">Told of fetches that fail.</param>
    /// <param name="acceptsFormerKeys">Whether a key that is no longer the current one is good while it is listed.</param>
    public PublicKeyList(
        string origin,
        Uri address,
        HttpClient http,
        TimeProvider clock,
        ILogger<PublicKeyList> logger,
        bool acceptsFormerKeys = true)
    {
        _origin = origin;
        _address = address;
        _http = http;
        _clock = clock;
        _logger = logger;
        _acceptsFormerKeys = acceptsFormerKeys;
    }

    /// <summary>A client that follows no redirect: a list is taken from the configured place or not at all.</summary>
    public static HttpClient Connect() =>
        new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,

            // An answer that is refused is not read to its end to save the connection.
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        });

    /// <summary>The key with this identifier, fetching the list if it must and may.</summary>
    public async Task<KeyLookup> FindAsync(string identifier, CancellationToken cancellationToken)
    {
        if (identifier.Length is 0 or > PublicKeySet.LongestIdentifier)
        {
            return new KeyLookup.Unknown();
        }

        if (Listed(identifier, FreshFor) is { } fresh)
        {
            return fresh;
        }

        await FetchUnlessTooSoon().WaitAsync(cancellationToken);
        if (Listed(identifier, GoodFor) is { } good)
        {
            return good;
        }

        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            if (_keys is not null && now - _fetchedAt < BetweenFetches)
            {
                return new KeyLookup.Unknown();
            }

            var pause = _nextFetchAt - now;
            return new KeyLookup.Unobtainable(pause > TimeSpan.FromSeconds(1) ? pause : TimeSpan.FromSeconds(1));
        }
    }

    private KeyLookup.Found? Listed(string identifier, TimeSpan age)
    {
        lock (_gate)
        {
            return _keys?.Find(identifier) is { } key && _clock.GetUtcNow() - _fetchedAt <= age
                ? new KeyLookup.Found(key)
                : null;
        }
    }

    private Task FetchUnlessTooSoon()
    {
        lock (_gate)
        {
            if (_fetch is { IsCompleted: false })
            {
                return _fetch;
            }

            return _clock.GetUtcNow() < _nextFetchAt ? Task.CompletedTask : _fetch = Task.Run(FetchAsync);
        }
    }

    private async Task FetchAsync()
    {
        using var timeout = new CancellationTokenSource(FetchTimeout, _clock);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _address);

            // GitHub's API refuses requests without a user agent, and HttpClient sends none by itself.
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("SafetyCenter", null));
            request.Headers.Accept.ParseAdd("application/json");
            if (_version is not null)
            {
                request.Headers.IfNoneMatch.Add(_version);
            }

            using var response = await _http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            await TakeAsync(response, timeout.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            Fail(AfterFailure, exception.Message);
        }
        catch (OperationCanceledException)
        {
            Fail(AfterFailure, "no answer in time");
        }
    }

    private async Task TakeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.NotModified when _version is not null:
                Succeed(_keys!, _version);
                break;

            case HttpStatusCode.TooManyRequests or HttpStatusCode.Forbidden:
                Fail(PauseAskedFor(response), $"refused with {(int)response.StatusCode}");
                break;

            case not HttpStatusCode.OK:
                Fail(AfterFailure, $"answered with {(int)response.StatusCode}");
                break;

            case HttpStatusCode.OK when !IsJson(response.Content.Headers.ContentType?.MediaType):
                Fail(AfterFailure, "the answer is not JSON");
                break;

            default:
                if (await ReadAsync(response.Content, cancellationToken) is not { } body)
                {
                    Fail(AfterFailure, $"the answer is longer than {LongestBody} bytes");
                }
                else if (!PublicKeySet.TryRead(body, _acceptsFormerKeys, out var keys))
                {
                    Fail(AfterFailure, "the answer is no list with a usable key");
                }
                else
                {
                    Succeed(keys, response.Headers.ETag);
                }

                break;
        }
    }

    private void Succeed(PublicKeySet keys, EntityTagHeaderValue? version)
    {
        lock (_gate)
        {
            _keys = keys;
            _version = version;
            _fetchedAt = _clock.GetUtcNow();
            _nextFetchAt = _fetchedAt + BetweenFetches;
            _refusals = 0;
        }

        if (keys.Skipped > 0)
        {
            _logger.LogWarning(
                "{Origin}'s key list has {Skipped} entries that are no P-256 keys", _origin, keys.Skipped);
        }
    }

    private void Fail(TimeSpan pause, string reason)
    {
        lock (_gate)
        {
            _nextFetchAt = _clock.GetUtcNow() + pause;
        }

        _logger.LogWarning(
            "{Origin}'s public keys could not be fetched from {Address}: {Reason}; next try in {Pause}",
            _origin, _address, reason, pause);
    }

    /// <summary>
    /// Retry-After if given, else the moment at which GitHub renews the quota, else a pause that doubles; between ten
    /// seconds and an hour, which is the length of GitHub's quota.
    /// </summary>
    private TimeSpan PauseAskedFor(HttpResponseMessage response)
    {
        var now = _clock.GetUtcNow();
        var doubled = AfterRefusal * (1 << Math.Min(_refusals++, 6));
        var pause = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => QuotaRenewedAt(response) - now ?? doubled,
        };
        return pause < AfterFailure ? AfterFailure : pause > LongestPause ? LongestPause : pause;
    }

    private static DateTimeOffset? QuotaRenewedAt(HttpResponseMessage response)
    {
        const long EndOfTime = 253_402_300_799;
        return response.Headers.TryGetValues("X-RateLimit-Remaining", out var remaining) && remaining.First() == "0"
            && response.Headers.TryGetValues("X-RateLimit-Reset", out var reset)
            && long.TryParse(reset.First(), out var seconds) && seconds is >= 0 and <= EndOfTime
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
    }

    private static bool IsJson(string? mediaType) =>
        mediaType is not null
        && (mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    /// <summary>The whole body, or null as soon as it is too long, whatever its header promised.</summary>
    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[LongestBody + 1];
        var length = await stream.ReadAtLeastAsync(
            buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > LongestBody ? null : buffer[..length];
    }
}
