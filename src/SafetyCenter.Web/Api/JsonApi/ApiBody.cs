using System.Globalization;
using System.Text.Json;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Api.JsonApi;

/// <summary>
/// The body of a request: a JSON:API document with one resource. Members that we do not know are passed over, as Datadog's
/// v2 API does; what we do know must have the right form.
/// </summary>
internal sealed class ApiBody
{
    /// <summary>The longest body, in bytes: the longest list of scopes takes a tenth of it.</summary>
    public const int LengthMax = 256 * 1024;

    private readonly JsonElement _data;
    private readonly JsonElement _attributes;

    private ApiBody(JsonElement data, JsonElement attributes)
    {
        (_data, _attributes) = (data, attributes);
        if (_attributes.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
        {
            throw RefusedException.Invalid("data.attributes must be an object.", "attributes");
        }
    }

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="type">The <c>type</c> that the resource must have.</param>
    /// <exception cref="RefusedException">It is no JSON, no JSON:API document, too long, or of another type.</exception>
    public static async Task<ApiBody> ReadAsync(HttpRequest request, string type) =>
        Resource(await DataAsync(request), type);

    /// <summary>Reads a body whose document has a list of resources.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static async Task<IReadOnlyList<ApiBody>> ReadListAsync(HttpRequest request, string type) =>
        (await DocumentAsync(request)).TryGetProperty("data", out var data)
        && data.ValueKind == JsonValueKind.Array
        && data.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? [.. data.EnumerateArray().Select(item => Resource(item, type))]
            : throw RefusedException.Invalid("The body must be an object with a member \"data\", a list of objects.", "data");

    /// <summary>Reads a body of the v1 API: the attributes stand at the top, and an unknown one is refused.</summary>
    /// <param name="request">The request.</param>
    /// <param name="known">The attributes that there can be.</param>
    /// <exception cref="RefusedException">It is no JSON object, too long, or has an attribute that is not known.</exception>
    public static async Task<ApiBody> ReadPlainAsync(HttpRequest request, IReadOnlyCollection<string> known)
    {
        var document = await DocumentAsync(request);
        var unknown = document.EnumerateObject().Select(Name).FirstOrDefault(name => !known.Contains(name));
        return unknown is null ? new ApiBody(document, document) : throw RefusedException.Invalid(
            "Additional properties are not allowed "
            + $"('{(unknown.Length > 60 ? unknown[..60] + "…" : unknown)}' was unexpected)");

        static string Name(JsonProperty property)
        {
            try
            {
                return property.Name;
            }
            catch (InvalidOperationException)
            {
                throw RefusedException.Invalid("The name of a member contains a broken character.");
            }
        }
    }

    /// <summary>Refuses a body that names another resource than the address does. No id at all is no contradiction.</summary>
    /// <param name="id">The id in the address.</param>
    /// <param name="contradiction">
    /// What Datadog says where it answers 422 (users, roles); null where it answers 400 (keys, tokens).
    /// </param>
    /// <exception cref="RefusedException">It names another.</exception>
    public ApiBody About<T>(Id<T> id, string? contradiction = null) =>
        Member("id") is not { } sent
        || (sent.ValueKind == JsonValueKind.String && sent.ValueEquals(id.ToString()))
            ? this
            : throw (contradiction is null
                ? RefusedException.Invalid("The id in the body is not the id in the address.", "id")
                : RefusedException.Contradiction(contradiction));

    /// <summary>Whether an attribute was sent, be it null.</summary>
    public bool Has(string name) => Attribute(name) is not null;

    /// <summary>A text; null when it was not sent or is null.</summary>
    /// <exception cref="RefusedException">It is something else.</exception>
    public string? Text(string name) => Value(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => Read(text, name),
        _ => throw RefusedException.Invalid($"{name} must be a string.", name),
    };

    /// <summary>A truth value; null when it was not sent or is null.</summary>
    /// <exception cref="RefusedException">It is something else.</exception>
    public bool? Flag(string name) => Value(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw RefusedException.Invalid($"{name} must be true or false.", name),
    };

    /// <summary>A whole number; null when it was not sent or is null.</summary>
    /// <exception cref="RefusedException">It is something else.</exception>
    public int? Number(string name) => Value(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) => value,
        _ => throw RefusedException.Invalid($"{name} must be a whole number.", name),
    };

    /// <summary>A moment in ISO 8601 with an offset; null when it was not sent or is null.</summary>
    /// <exception cref="RefusedException">It is something else.</exception>
    public DateTimeOffset? Time(string name) => Value(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when DateTimeOffset.TryParse(
            Read(text, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) => at.ToUniversalTime(),
        _ => throw RefusedException.Invalid($"{name} must be a time like 2027-01-31T12:00:00Z.", name),
    };

    /// <summary>A list of texts; null when it was not sent or is null.</summary>
    /// <exception cref="RefusedException">It is something else.</exception>
    public IReadOnlyList<string>? Texts(string name) => Value(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(item => Read(item, name))],
        _ => throw RefusedException.Invalid($"{name} must be a list of strings.", name),
    };

    /// <summary>An attribute as it was written, for telling what was wrong with it; null when it was not sent.</summary>
    public string? Raw(string name)
    {
        const int lengthMax = 100;
        var text = Attribute(name)?.GetRawText().Trim('"');
        return text?.Length > lengthMax ? text[..lengthMax] + "…" : text;
    }

    /// <summary>The id of the resource; empty when it was not sent.</summary>
    /// <exception cref="RefusedException">It is no text.</exception>
    public string Id() => Member("id") switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } id => Read(id, "id"),
        _ => throw RefusedException.Invalid("data.id must be a string.", "id"),
    };

    /// <summary>Whether a relationship was sent.</summary>
    public bool HasRelated(string name) =>
        Member("relationships") is { ValueKind: JsonValueKind.Object } all
        && all.TryGetProperty(name, out var relationship) && relationship.ValueKind != JsonValueKind.Null;

    /// <summary>The ids of a to-many relationship, in order; empty when it was not sent.</summary>
    /// <exception cref="RefusedException">It is no such relationship.</exception>
    public IReadOnlyList<string> RelatedIds(string name, string type)
    {
        if (Member("relationships") is not { ValueKind: JsonValueKind.Object } all
            || !all.TryGetProperty(name, out var relationship) || relationship.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return relationship.ValueKind == JsonValueKind.Object
            && relationship.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Array
            && data.EnumerateArray().All(item => IsIdentifier(item, type))
                ? [.. data.EnumerateArray().Select(item => Read(item.GetProperty("id"), name))]
                : throw RefusedException.Invalid($"relationships.{name}.data must be a list of {type}.", name);
    }

    /// <summary>The id of a to-one relationship.</summary>
    /// <exception cref="RefusedException">It was not sent, or is no such relationship.</exception>
    public string RelatedId(string name, string type) =>
        Member("relationships") is { ValueKind: JsonValueKind.Object } all
        && all.TryGetProperty(name, out var relationship)
        && relationship.ValueKind == JsonValueKind.Object
        && relationship.TryGetProperty("data", out var data)
        && IsIdentifier(data, type)
            ? Read(data.GetProperty("id"), name)
            : throw RefusedException.Invalid($"relationships.{name}.data must name one of {type}.", name);

    private static ApiBody Resource(JsonElement data, string type)
    {
        var body = new ApiBody(data, data.TryGetProperty("attributes", out var attributes) ? attributes : default);
        return body.Member("type") is { ValueKind: JsonValueKind.String } sent && sent.ValueEquals(type)
            ? body
            : throw RefusedException.Invalid($"data.type must be \"{type}\".", "type");
    }

    // JSON can spell half of a character (\ud800), which no text can hold.
    private static string Read(JsonElement text, string name)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw RefusedException.Invalid($"{name} contains a broken character.", name);
        }
    }

    private static bool IsIdentifier(JsonElement item, string type) =>
        item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty("type", out var itsType)
        && itsType.ValueKind == JsonValueKind.String && itsType.ValueEquals(type)
        && item.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String;

    private static async Task<JsonElement> DataAsync(HttpRequest request) =>
        (await DocumentAsync(request)).TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
            ? data
            : throw RefusedException.Invalid("The body must be an object with a member \"data\", an object too.", "data");

    /// <summary>Reads a body that is any JSON object.</summary>
    /// <exception cref="RefusedException">It is none, or too long.</exception>
    public static async Task<JsonElement> DocumentAsync(HttpRequest request)
    {
        if (request.ContentLength > LengthMax)
        {
            throw TooLong();
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is > 0 and var count)
        {
            if (body.Length + count > LengthMax)
            {
                throw TooLong();
            }

            body.Write(buffer, 0, count);
        }

        try
        {
            using var document = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw RefusedException.Invalid("The body must be a JSON object.");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            throw RefusedException.Invalid("The body is no JSON that can be read.");
        }
    }

    private static RefusedException TooLong() => RefusedException.Invalid($"A body can have at most {LengthMax} bytes.");

    private JsonElement? Member(string name) => _data.TryGetProperty(name, out var member) ? member : null;

    private JsonElement? Attribute(string name) =>
        _attributes.ValueKind == JsonValueKind.Object && _attributes.TryGetProperty(name, out var value) ? value : null;

    private JsonElement? Value(string name) =>
        Attribute(name) is { ValueKind: not JsonValueKind.Null } value ? value : null;
}
