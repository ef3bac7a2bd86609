using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where GitHub reports secrets of ours that it found in public, as its secret scanning partner program says: a JSON
/// array of matches, signed with one of GitHub's published keys, answered with a label for each match.
/// </summary>
/// <remarks>
/// Refusals, each with a sentence under <c>errors</c>: 401 when the signature is missing, malformed or not GitHub's;
/// 503 when GitHub's keys cannot be had now, because the report may well be genuine; 400 when a well signed body is no
/// report; 405, 413 and 415 for what is no such request at all. What stands in the body is judged only after its
/// signature.
/// </remarks>
public static class GitHubSecretScanningApi
{
    /// <summary>The address to give to GitHub.</summary>
    public const string Address = "/webhooks/github/secret-scanning";

    /// <summary>The longest body, in bytes.</summary>
    public const int LongestBody = 16 * 1024 * 1024;

    /// <summary>The name under which deliveries are remembered.</summary>
    public const string Reporter = "github";

    // What comes after the longest body is thrown away unread, but up to here it is taken off the wire: a connection
    // that is cut while its sender still sends shows the sender an error of the network instead of our answer.
    private const int LongestDrained = 4 * LongestBody;

    private const string KeyIdentifierHeader = "Github-Public-Key-Identifier";
    private const string SignatureHeader = "Github-Public-Key-Signature";
    private const int BufferSize = 64 * 1024;

    /// <summary>
    /// Maps it, for every method: with POST alone, another method would be sent to the sign-in page, for which
    /// programs have no use.
    /// </summary>
    public static void MapGitHubSecretScanning(this IEndpointRouteBuilder routes) => routes
        .Map(Address, ReceiveAsync)
        .AllowAnonymous()
        .DisableAntiforgery()
        .WithMetadata(new RequestSizeLimitAttribute(LongestDrained));

    private static async Task<IResult> ReceiveAsync(HttpContext context, PublicKeyList keys, LeakIntake intake)
    {
        var request = context.Request;
        if (RefuseByHead(context) is { } refusal)
        {
            return refusal;
        }

        if (!TryReadOnce(request, KeyIdentifierHeader, out var identifier)
            || !TryReadOnce(request, SignatureHeader, out var signature))
        {
            return Refuse(401, $"The headers {KeyIdentifierHeader} and {SignatureHeader} are needed, once each.");
        }

        // Before the body, so that who names no key of GitHub's cannot make us hold one.
        var lookup = await keys.FindAsync(identifier, context.RequestAborted);
        if (lookup is KeyLookup.Unobtainable { RetryAfter: var pause })
        {
            context.Response.Headers.RetryAfter =
                Math.Ceiling(pause.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Refuse(503, "GitHub's public keys cannot be fetched now. Send the report again later.");
        }

        if (lookup is not KeyLookup.Found { Key: var key })
        {
            return Refuse(401, "GitHub publishes no key with this identifier.");
        }

        ReadOnlyMemory<byte>? read;
        try
        {
            read = await ReadAsync(request, context.RequestAborted);
        }
        catch (BadHttpRequestException unreadable)
        {
            return Refuse(unreadable.StatusCode, "The body could not be read.");
        }

        if (read is not { } body)
        {
            return TooLarge();
        }

        if (!ReportSignature.IsValid(body.Span, signature, key))
        {
            return Refuse(401, "The signature is not this key's over this body.");
        }

        // Not cancelled when the reporter hangs up: what is genuine is taken in, for nobody promises to send it again.
        return ReportBody.Read(body) switch
        {
            ReportBody.Readable { Items: var items } => Results.Json((await intake.TakeAsync(
                new Delivery(LeakChannel.GitHub, Reporter, "GitHub", SHA256.HashData(body.Span)) { IsPublic = true },
                items,
                CancellationToken.None)).Feedback),
            ReportBody.Refused { Reason: var reason } => Refuse(400, reason),
            _ => throw new InvalidOperationException("A body is either readable or refused."),
        };
    }

    private static IResult? RefuseByHead(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return Refuse(405, "Reports are sent with POST.");
        }

        // The signature is over the bytes as they were sent, so there is nothing to unpack before it.
        if (request.Headers.ContentEncoding.Any(
            encoding => !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase)))
        {
            return Refuse(415, "Send the report uncompressed, without Content-Encoding.");
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            return Refuse(415, "Send the report as application/json.");
        }

        return request.ContentLength > LongestBody ? TooLarge() : null;
    }

    /// <summary>Reads a header that must be there exactly once; two in one line are two.</summary>
    private static bool TryReadOnce(HttpRequest request, string name, [NotNullWhen(true)] out string? value)
    {
        value = request.Headers[name] is [{ Length: > 0 } only] && !only.Contains(',') ? only : null;
        return value is not null;
    }

    /// <summary>
    /// The whole body, or null as soon as it is too long. It is held as it comes and not as it was announced: an
    /// announcement costs its sender nothing.
    /// </summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[BufferSize];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > LongestBody)
            {
                return null;
            }

            body.Write(buffer, 0, count);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static IResult TooLarge() =>
        Refuse(413, $"A report can have at most {LongestBody} bytes. Send it in parts.");

    private static IResult Refuse(int status, string sentence) =>
        Results.Json(new { errors = new[] { sentence } }, statusCode: status);
}
