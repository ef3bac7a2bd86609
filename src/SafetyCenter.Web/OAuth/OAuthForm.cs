using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// What a program sends: a form in the body, each parameter once; one without a value was not sent (RFC 6749, 3.2). Read
/// strictly, for nobody types one: what cannot be decoded, and what holds a control character, is refused and not mended.
/// </summary>
public sealed class OAuthForm
{
    /// <summary>The longest body, in bytes.</summary>
    public const int LengthMax = 32 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);

    private OAuthForm()
    {
    }

    /// <summary>A parameter; null when it was not sent.</summary>
    public string? this[string name] => _parameters.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>A parameter that must be there.</summary>
    /// <exception cref="OAuthRefusedException">It is not.</exception>
    public string Required(string name) =>
        this[name] ?? throw OAuthRefusedException.InvalidRequest($"The parameter {name} is missing.");

    /// <summary>Reads it.</summary>
    /// <exception cref="OAuthRefusedException">The body is no such form, or too long.</exception>
    public static async Task<OAuthForm> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !string.Equals(type.MediaType, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            throw OAuthRefusedException.InvalidRequest("Send the parameters as application/x-www-form-urlencoded.");
        }

        var body = new byte[LengthMax + 1];
        var length = await request.Body.ReadAtLeastAsync(
            body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= LengthMax
            ? Read(body.AsSpan(0, length))
            : throw OAuthRefusedException.InvalidRequest($"The body can have at most {LengthMax} bytes.", 413);
    }

    /// <summary>Decodes a part of a form; null when it cannot be, or holds a control character.</summary>
    internal static string? Decode(ReadOnlySpan<byte> part)
    {
        Span<byte> decoded = part.Length <= 256 ? stackalloc byte[256] : new byte[part.Length];
        var length = 0;
        for (var at = 0; at < part.Length; at++)
        {
            var value = part[at] == '+' ? (byte)' ' : part[at];
            if (value == '%')
            {
                if (at + 2 >= part.Length
                    || !byte.TryParse(
                        part.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
                {
                    return null;
                }

                at += 2;
            }

            decoded[length++] = value;
        }

        try
        {
            var text = Strict.GetString(decoded[..length]);
            return text.Any(char.IsControl) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static OAuthForm Read(ReadOnlySpan<byte> body)
    {
        var form = new OAuthForm();
        foreach (var range in body.Split((byte)'&'))
        {
            var pair = body[range];
            if (pair.IsEmpty)
            {
                continue;
            }

            var equals = pair.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = Decode(equals < 0 ? [] : pair[(equals + 1)..]);
            if (name is null || value is null)
            {
                throw OAuthRefusedException.InvalidRequest("A parameter cannot be decoded, or holds a control character.");
            }

            if (!form._parameters.TryAdd(name, value))
            {
                throw OAuthRefusedException.InvalidRequest("A parameter was sent twice.");
            }
        }

        return form;
    }
}
