using System.Net.Http.Headers;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>What endpoints that take reports read of a request, and refuse about it.</summary>
internal static class ReportRequest
{
    /// <summary>The longest body of a report, in bytes.</summary>
    public const int LongestBody = 16 * 1024 * 1024;

    private const int BufferSize = 64 * 1024;

    /// <summary>Refuses what is no JSON, and what says itself that it is too long.</summary>
    /// <param name="request">The request.</param>
    /// <param name="longest">The longest body, in bytes.</param>
    /// <param name="typeIsNeeded">Whether JSON has to say that it is.</param>
    /// <exception cref="ReportRefusedException">It is (415, 413).</exception>
    public static void RequireJson(HttpRequest request, int longest, bool typeIsNeeded = true) =>
        Require(request, longest, ["application/json"], typeIsNeeded);

    /// <summary>Refuses what is of none of these media types, and what says itself that it is too long.</summary>
    /// <inheritdoc cref="RequireJson"/>
    public static void Require(
        HttpRequest request, int longest, IReadOnlyCollection<string> types, bool typeIsNeeded = true)
    {
        // A signature is over the bytes as they were sent, so there is nothing to unpack before it.
        if (request.Headers.ContentEncoding.Any(
            encoding => !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ReportRefusedException(415, "Send the report uncompressed, without Content-Encoding.");
        }

        if ((typeIsNeeded || request.ContentType is not null)
            && (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
                || !types.Contains(type.MediaType, StringComparer.OrdinalIgnoreCase)))
        {
            throw new ReportRefusedException(415, $"Send the report as {string.Join(", ", types)}.");
        }

        if (request.ContentLength > longest)
        {
            throw TooLarge(longest);
        }
    }

    /// <summary>A header that must be there exactly once, or null; two in one line are two.</summary>
    public static string? ReadOnce(HttpRequest request, string name) =>
        request.Headers[name] is [{ Length: > 0 } only] && !only.Contains(',') ? only : null;

    /// <summary>
    /// The whole body. It is held as it comes and not as it was announced: an announcement costs its sender nothing.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="longest">So many bytes are taken at most; whole mebibytes.</param>
    /// <exception cref="ReportRefusedException">It is too long (413), said as soon as it is.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int longest) =>
        ReadAsync(request, longest, longest, () => Task.CompletedTask, request.HttpContext.RequestAborted);

    /// <summary>The whole body, unless nobody waits for it any more.</summary>
    /// <param name="request">The request.</param>
    /// <param name="longest">So many bytes are taken at most; whole mebibytes.</param>
    /// <param name="small">So many bytes need no leave.</param>
    /// <param name="leave">Waits until more than those may be held; asked once.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ReportRefusedException">It is too long (413), said as soon as it is.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, int longest, int small, Func<Task> leave, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[BufferSize];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > longest)
            {
                throw TooLarge(longest);
            }

            if (body.Length <= small && body.Length + count > small)
            {
                await leave();
            }

            body.Write(buffer, 0, count);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>What a body holds that is no array of matches.</summary>
    /// <param name="body">The raw bytes.</param>
    /// <param name="read">Takes it out of the document; null when its shape is another.</param>
    /// <param name="shape">Said of another shape.</param>
    /// <exception cref="ReportRefusedException">It cannot be read (400).</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T?> read, string shape)
        where T : class =>
        StrictJson.TryRead(body, read, out var value, out var complaint)
            ? value ?? throw new ReportRefusedException(400, shape)
            : throw new ReportRefusedException(400, complaint);

    /// <summary>The matches that a body holds.</summary>
    /// <exception cref="ReportRefusedException">It is no report (400).</exception>
    public static IReadOnlyList<ReportedItem> Matches(ReportBody body) => body switch
    {
        ReportBody.Readable { Items: var items } => items,
        ReportBody.Refused { Reason: var reason } => throw new ReportRefusedException(400, reason),
        _ => throw new InvalidOperationException("A body is either readable or refused."),
    };

    /// <summary>
    /// The refusal of a request that did not prove whose it is. Whoever sends many of those is told to wait.
    /// </summary>
    public static ReportRefusedException Unproven(
        HttpContext context, ReportRates rates, string door, int status, string sentence) =>
        rates.NoteUnproven(door, context.Connection.RemoteIpAddress) is { Ticks: > 0 } wait
            ? new ReportRefusedException(429, "Too many requests that prove nothing came from your address. Wait a while.", wait)
            : new ReportRefusedException(status, sentence);

    /// <summary>
    /// The delivery of an organization's own reporter: matched with what is its organization's, and nothing else.
    /// </summary>
    public static Delivery DeliveryOf(LeakReporter reporter, LeakChannel channel, byte[] bodyHash) =>
        new(channel, $"reporter:{reporter.Id}", reporter.Name, bodyHash) { OrganizationId = reporter.OrganizationId };

    private static ReportRefusedException TooLarge(int longest) =>
        new(413, $"A report can have at most {longest / (1024 * 1024)} MB. Send it in parts.");
}
