using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// What a program says of itself (RFC 7591, 2). What we do not keep (a logo, terms, contacts, keys) is passed over; nothing
/// is ever fetched.
/// </summary>
internal static class ClientMetadata
{
    /// <summary>The field whose refusals have a code of their own (RFC 7591, 3.2.2).</summary>
    public const string RedirectUris = "redirect_uris";

    /// <summary>What every program that registers itself may do: have people consent, and come again without them.</summary>
    public static readonly IReadOnlyList<string> GrantTypes = ["authorization_code", "refresh_token"];

    /// <summary>What it is sent back with.</summary>
    public static readonly IReadOnlyList<string> ResponseTypes = ["code"];

    /// <summary>How it proves that it is itself: not at all, for it can keep no secret.</summary>
    public const string AuthMethod = "none";

    /// <summary>Makes a client of it.</summary>
    /// <exception cref="RefusedException">Something of it cannot be.</exception>
    public static OAuthClient Read(JsonElement metadata, DateTimeOffset now)
    {
        var redirectUris = Texts(metadata, RedirectUris) ?? [];
        if (redirectUris.Count == 0)
        {
            throw RefusedException.Invalid("redirect_uris must name at least one address.", RedirectUris);
        }

        if (Text(metadata, "token_endpoint_auth_method") is { } method && method != AuthMethod)
        {
            throw Refused("Only public clients register themselves: token_endpoint_auth_method must be \"none\".");
        }

        Among(metadata, "grant_types", GrantTypes);
        Among(metadata, "response_types", ResponseTypes);
        var scopes = OAuthScopes.Split(Text(metadata, "scope"));

        // Where its people are sent is all that can be said of who made it; of a program on their own machine, nothing.
        var first = RedirectUri.Clean(redirectUris)[0];
        var host = HostOf(first);
        return OAuthClient.RegisterItself(
            Text(metadata, "client_name") ?? host,
            RedirectUri.WithoutPort(first) is null ? host : "unknown",
            Text(metadata, "client_uri"),
            redirectUris,
            scopes.Length == 0 ? OAuthScopes.InOrder : scopes,
            now);
    }

    /// <summary>What was registered, in the words of RFC 7591, 3.2.1.</summary>
    public static Dictionary<string, object> Of(OAuthClient client)
    {
        var metadata = new Dictionary<string, object>
        {
            ["client_id"] = client.Id.ToString(),
            ["client_id_issued_at"] = client.CreatedAt.ToUnixTimeSeconds(),
            ["client_name"] = client.Name,
            [RedirectUris] = client.RedirectUris,
            ["grant_types"] = GrantTypes,
            ["response_types"] = ResponseTypes,
            ["token_endpoint_auth_method"] = AuthMethod,
            ["scope"] = string.Join(' ', client.Scopes),
        };
        if (client.Website is { } website)
        {
            metadata["client_uri"] = website;
        }

        return metadata;
    }

    // A scheme of an app's own names whoever has the domain, read backwards.
    private static string HostOf(string redirectUri)
    {
        var uri = new Uri(redirectUri);
        return uri.Scheme is "https" or "http" ? uri.Host : uri.Scheme;
    }

    // Each of them possible, and the first, without which there is no other.
    private static void Among(JsonElement metadata, string name, IReadOnlyList<string> possible)
    {
        if (Texts(metadata, name) is { } wanted && !(wanted.All(possible.Contains) && wanted.Contains(possible[0])))
        {
            throw Refused($"{name} must hold {possible[0]}, and nothing but {string.Join(", ", possible)}.");
        }
    }

    private static string? Text(JsonElement metadata, string name) => Value(metadata, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw Refused($"{name} must be a string."),
    };

    private static List<string?>? Texts(JsonElement metadata, string name) => Value(metadata, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(item => item.GetString())],
        _ => throw RefusedException.Invalid($"{name} must be a list of strings.", name),
    };

    private static JsonElement? Value(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static RefusedException Refused(string sentence) => RefusedException.Invalid(sentence);
}
