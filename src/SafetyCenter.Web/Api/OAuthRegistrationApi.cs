using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where programs register themselves as OAuth apps (RFC 7591): public ones, without asking anybody, when the operator lets
/// them. Whether an organization lets one in is decided when somebody is asked to consent.
/// </summary>
/// <remarks>
/// Refusals are plain JSON with <c>error</c> and <c>error_description</c>: 400 with the codes of RFC 7591, 3.2.2, for what
/// cannot be registered; 403 <c>access_denied</c> when it is turned off; 405 for another method; 429 when there were too many
/// tries and 503 when there is no room, both with <c>Retry-After</c>.
/// </remarks>
internal static class OAuthRegistrationApi
{
    /// <summary>Where.</summary>
    public const string Address = "/api/v2/oauth2/register";

    /// <summary>The longest body, in bytes.</summary>
    public const int LengthMax = 16 * 1024;

    // Room for a set of keys within the metadata, which we pass over; nothing that is deeper means anything.
    private const int DepthMax = 8;

    private const string InvalidMetadata = "invalid_client_metadata";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    /// <summary>Maps it, for every method, so that each is answered in the words of OAuth.</summary>
    public static void MapOAuthRegistration(this IEndpointRouteBuilder routes) => routes
        .Map(Address, AnswerAsync)
        .AllowAnonymous()
        .DisableAntiforgery()
        .WithMetadata(new RequestSizeLimitAttribute(4 * LengthMax));

    private static async Task<IResult> AnswerAsync(
        HttpContext context,
        Installation installation,
        RegistrationRate rate,
        SafetyCenterDb db,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        // Programs that run in a browser register, too; nothing here depends on who they are.
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.AccessControlAllowOrigin = "*";
        headers.CacheControl = "no-store";
        headers.Pragma = "no-cache";
        if (HttpMethods.IsOptions(request.Method))
        {
            headers.AccessControlAllowMethods = HttpMethods.Post;
            headers.AccessControlAllowHeaders = "*";
            return Results.NoContent();
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            headers.Allow = $"{HttpMethods.Post}, {HttpMethods.Options}";
            return Refuse(405, "invalid_request", "Programs register with POST.");
        }

        if (!installation.HasDynamicRegistration)
        {
            return Refuse(
                403,
                "access_denied",
                "Programs cannot register themselves here. Ask an admin of your organization to register an app.");
        }

        if (rate.Take(context.Connection.RemoteIpAddress) is { Ticks: > 0 } wait)
        {
            return Later(context, 429, wait, "There were too many registrations in the last minute.");
        }

        OAuthClient client;
        try
        {
            using var metadata = await ReadAsync(request, cancellationToken);
            client = ClientMetadata.Read(metadata.RootElement, time.GetUtcNow());
        }
        catch (RefusedException refused)
        {
            return Refuse(
                400,
                refused.Field == ClientMetadata.RedirectUris ? "invalid_redirect_uri" : InvalidMetadata,
                refused.Message);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // JSON can spell half of a character (\ud800), which is found out where it is read.
            return Refuse(400, InvalidMetadata, "The body is no JSON that can be read.");
        }

        return await DynamicRegistration.KeepAsync(db, client, cancellationToken)
            ? Results.Json(ClientMetadata.Of(client), statusCode: StatusCodes.Status201Created)
            : Later(
                context,
                503,
                TimeSpan.FromHours(1),
                "There are too many registered programs that nobody uses. They are forgotten after a day.");
    }

    private static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw RefusedException.Invalid("Send the metadata as application/json.");
        }

        var body = new byte[LengthMax + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > LengthMax)
        {
            throw RefusedException.Invalid($"A body can have at most {LengthMax} bytes.");
        }

        var document = JsonDocument.Parse(body.AsMemory(0, length), Strict);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document
            : throw RefusedException.Invalid("The body must be a JSON object.");
    }

    private static IResult Later(HttpContext context, int status, TimeSpan wait, string sentence)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Refuse(status, "temporarily_unavailable", $"{sentence} Try again later.");
    }

    private static IResult Refuse(int status, string error, string sentence) =>
        Results.Json(new { error, error_description = sentence }, statusCode: status);
}
