using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace SafetyCenter.Core.Secrets;

/// <summary>Mints, recognises and finds the secrets of one installation.</summary>
/// <remarks>
/// <code>
/// P is the installation's prefix, "sc" unless its operator chose another; C is a checksum.
///
///   API key                 (24 random hex) CCCCCCCC       C = 8 hex of CRC-32(P "api" and the 24)
///   client token      pub   (24 random hex) CCCCCCCC       C = 8 hex of CRC-32(P "pub" and the 24)
///   application key   Papp_ (28 random base62) CCCCCC      C = 6 base62 of CRC-32(the 28)
///   OAuth client      Pocs_ (34 random base62) CCCCCC      and so on
///   OAuth access      Poat_ (34 random base62) CCCCCC
///   OAuth refresh     Port_ (34 random base62) CCCCCC
///   personal access   Ppat_ (22 base62: the token's id) _ (32 random base62) CCCCCC
///   service access    Psat_ (22 base62: the token's id) _ (32 random base62) CCCCCC
/// </code>
/// Hex is lower-case, and case counts everywhere. The base62 checksum is GitHub's: over what stands between the last
/// underscore and itself, so that scanners which know GitHub's tokens can check ours. API keys have no visible prefix
/// because Datadog's clients refuse anything but 32 hex digits; their checksum makes them recognisable all the same,
/// at the price of 96 random bits.
/// </remarks>
public sealed class SecretFormat
{
    /// <summary>What a client token begins with.</summary>
    internal const string ClientTokenStem = "pub";

    private const int HexLength = SecretShape.HexLength;

    private static readonly SearchValues<char> WordCharacters = SearchValues.Create(Base62.Digits + "_");

    private readonly SecretShape _apiKey;
    private readonly SecretShape[] _withStem;

    /// <summary>The formats of the installation with this prefix.</summary>
    /// <exception cref="ArgumentException">
    /// The prefix is not 2 to 5 lower-case letters, or is Datadog's own "dd", which would send reports of our leaks
    /// there.
    /// </exception>
    public SecretFormat(string prefix = "sc")
    {
        if (prefix is not { Length: >= 2 and <= 5 } || !prefix.All(char.IsAsciiLetterLower) || prefix == "dd")
        {
            throw new ArgumentException(
                $"The prefix of this installation's secrets (Keys:Prefix) must be 2 to 5 lower-case letters "
                + $"and not \"dd\"; it is \"{prefix}\".",
                nameof(prefix));
        }

        Prefix = prefix;
        _apiKey = SecretShape.Hex(SecretKind.ApiKey, "", prefix + "api");
        _withStem =
        [
            SecretShape.Of(SecretKind.ApplicationKey, prefix + "app_", 28),
            SecretShape.WithId(SecretKind.PersonalAccessToken, prefix + "pat_", 32),
            SecretShape.WithId(SecretKind.ServiceAccessToken, prefix + "sat_", 32),
            SecretShape.Of(SecretKind.OAuthClientSecret, prefix + "ocs_", 34),
            SecretShape.Of(SecretKind.OAuthAccessToken, prefix + "oat_", 34),
            SecretShape.Of(SecretKind.OAuthRefreshToken, prefix + "ort_", 34),

            // Last, because an installation may have chosen the prefix "pub".
            SecretShape.Hex(SecretKind.ClientToken, ClientTokenStem, prefix + "pub"),
        ];
    }

    /// <summary>The installation's own 2 to 5 letters.</summary>
    public string Prefix { get; }

    /// <summary>How each kind is made.</summary>
    internal IReadOnlyList<SecretShape> Shapes => [_apiKey, .. _withStem];

    /// <summary>What secrets begin with that have the prefix in sight.</summary>
    internal IEnumerable<string> Stems =>
        _withStem.Where(shape => shape.Kind != SecretKind.ClientToken).Select(shape => shape.Stem);

    /// <summary>The characters of the longest secret.</summary>
    internal int LengthMax => _withStem.Max(shape => shape.Length);

    /// <summary>A new random secret.</summary>
    /// <exception cref="ArgumentException">The kind is an access token, which needs an id.</exception>
    public Secret Mint(SecretKind kind)
    {
        var shape = ShapeOf(kind);
        if (shape.HasId)
        {
            throw new ArgumentException($"{kind} carries its id: mint it with one.", nameof(kind));
        }

        return new Secret(kind, shape.Stem + shape.RandomBody());
    }

    /// <summary>A new random access token with its id inside.</summary>
    /// <exception cref="ArgumentException">The kind has no place for an id.</exception>
    public Secret Mint(SecretKind kind, Guid id)
    {
        var shape = ShapeOf(kind);
        if (!shape.HasId)
        {
            throw new ArgumentException($"{kind} has no place for an id.", nameof(kind));
        }

        return new Secret(kind, $"{shape.Stem}{Base62.Of(id)}_{shape.RandomBody()}");
    }

    /// <summary>What may be shown of an access token: its stem and its id.</summary>
    /// <exception cref="ArgumentException">The kind has no place for an id.</exception>
    public string PublicPortion(SecretKind kind, Guid id) => ShapeOf(kind) is { HasId: true } shape
        ? shape.Stem + Base62.Of(id)
        : throw new ArgumentException($"{kind} has no place for an id.", nameof(kind));

    /// <summary>Whether the text is exactly one secret of ours, checksum included. Junk costs no memory.</summary>
    public bool TryRead(string? text, [NotNullWhen(true)] out Secret? secret)
    {
        secret = Recognise(text) is { } shape ? new Secret(shape.Kind, text!) : null;
        return secret is not null;
    }

    /// <inheritdoc cref="TryRead(string?, out Secret?)"/>
    public bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(true)] out Secret? secret)
    {
        secret = Recognise(text) is { } shape ? new Secret(shape.Kind, text.ToString()) : null;
        return secret is not null;
    }

    /// <summary>
    /// Every secret of ours inside a larger text, in order, one seen twice listed twice. A secret ends where no letter
    /// or digit follows, and begins where none precedes or where an escape ends (<c>\n</c>, <c>\u0022</c>, <c>%3D</c>):
    /// 32 digits out of 33 are no API key. The work grows with the length of the text and with nothing else.
    /// </summary>
    public IReadOnlyList<Secret> FindIn(string text) => PlacesIn(text).ConvertAll(placed => placed.Secret);

    /// <summary>As <see cref="FindIn"/>, with the place where each begins.</summary>
    internal List<(int Place, Secret Secret)> PlacesIn(ReadOnlySpan<char> text)
    {
        var found = new List<(int Place, Secret Secret)>();
        for (var position = 0; position < text.Length;)
        {
            var offset = text[position..].IndexOfAny(WordCharacters);
            if (offset < 0)
            {
                break;
            }

            var start = position + offset;
            var length = text[start..].IndexOfAnyExcept(WordCharacters);
            position = length < 0 ? text.Length : start + length;
            if (position - start >= HexLength)
            {
                FindInWord(text, start, position, found);
            }
        }

        return found;
    }

    /// <summary>The secret that <see cref="FindIn"/> would find just here, for whoever knows where to look.</summary>
    internal Secret? StandingAt(ReadOnlySpan<char> text, int at)
    {
        var shape = ShapeWithStem(text[at..]) ?? _apiKey;
        return StandsAt(text, at, shape) ? new Secret(shape.Kind, text.Slice(at, shape.Length).ToString()) : null;
    }

    private void FindInWord(ReadOnlySpan<char> text, int start, int end, List<(int Place, Secret Secret)> found)
    {
        // Where the last run of hex digits ended: each run is measured once, which keeps long words linear.
        var hexEnd = start;
        for (var at = start; at + HexLength <= end; at++)
        {
            if (ShapeWithStem(text[at..end]) is { } shape && StandsAt(text, at, shape))
            {
                found.Add((at, new Secret(shape.Kind, text.Slice(at, shape.Length).ToString())));
                at += shape.Length - 1;
            }
            else if (at >= hexEnd && char.IsAsciiHexDigitLower(text[at]))
            {
                var length = text[at..end].IndexOfAnyExcept(SecretShape.LowerHex);
                hexEnd = length < 0 ? end : at + length;

                // The last 32 digits of the run, because the digits of an escape such as %3d may run into them.
                var candidate = hexEnd - HexLength;
                if (candidate >= at && StandsAt(text, candidate, _apiKey))
                {
                    found.Add((candidate, new Secret(SecretKind.ApiKey, text.Slice(candidate, HexLength).ToString())));
                    at = hexEnd - 1;
                }
            }
        }
    }

    private static bool StandsAt(ReadOnlySpan<char> text, int at, SecretShape shape)
    {
        var end = at + shape.Length;
        return end <= text.Length
            && (end == text.Length || !char.IsAsciiLetterOrDigit(text[end]))
            && (at == 0 || !char.IsAsciiLetterOrDigit(text[at - 1]) || EscapeEndsAt(text, at))
            && shape.Fits(text.Slice(at, shape.Length));
    }

    /// <summary>
    /// Whether the letter or digit before this place belongs to an escape in JSON, source code, an address or an email.
    /// </summary>
    private static bool EscapeEndsAt(ReadOnlySpan<char> text, int at) =>
        (at >= 2 && text[at - 2] == '\\' && "nrtbfv0".Contains(text[at - 1]))
        || (at >= 3 && text[at - 3] is '%' or '=' && AreHexDigits(text.Slice(at - 2, 2)))
        || (at >= 4 && text[at - 4] == '\\' && text[at - 3] == 'x' && AreHexDigits(text.Slice(at - 2, 2)))
        || (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && AreHexDigits(text.Slice(at - 4, 4)));

    private static bool AreHexDigits(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                return false;
            }
        }

        return true;
    }

    private SecretShape? Recognise(ReadOnlySpan<char> text)
    {
        var shape = ShapeWithStem(text) ?? _apiKey;
        return text.Length == shape.Length && shape.Fits(text) ? shape : null;
    }

    private SecretShape? ShapeWithStem(ReadOnlySpan<char> text)
    {
        // Asked at every character of a long word, so one look at the first letter comes first.
        if (text.IsEmpty || (text[0] != Prefix[0] && text[0] != ClientTokenStem[0]))
        {
            return null;
        }

        foreach (var shape in _withStem)
        {
            if (text.StartsWith(shape.Stem, StringComparison.Ordinal))
            {
                return shape;
            }
        }

        return null;
    }

    private SecretShape ShapeOf(SecretKind kind) =>
        kind == SecretKind.ApiKey ? _apiKey : _withStem.Single(shape => shape.Kind == kind);
}
