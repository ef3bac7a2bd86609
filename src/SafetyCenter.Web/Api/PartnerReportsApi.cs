using System.Security.Cryptography;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where partners report secrets of ours that they found in public, as GitHub's secret scanning partner program says: a JSON
/// array of matches, signed with one of the partner's published keys, answered with a label for each match.
/// </summary>
/// <remarks>
/// Refusals, each with a sentence under <c>errors</c>: 401 when the signature is missing, malformed or not the partner's, and
/// 429 when too many such requests came from one address; 400 when the headers are of two partners, or a well signed body is no
/// report; 503 when the partner's keys cannot be had now, because the report may well be genuine, or when too many large ones
/// come at once; 404 when the operator has not said where its keys are; 405, 408, 413 and 415 for what is no such request at
/// all. What stands in the body is judged only after its signature, and few large bodies are held until then.
/// </remarks>
public static class PartnerReportsApi
{
    /// <summary>Maps the address of each partner.</summary>
    public static void MapPartnerReports(this IEndpointRouteBuilder routes)
    {
        foreach (var origin in PartnerOrigin.All)
        {
            routes.MapReportDoor(
                origin.Address,
                HttpMethods.Post,
                ReportRequest.LongestBody,
                (HttpContext context, PartnerKeys keys, ReportRates rates, ReportRoom room, LeakIntake intake) =>
                    ReceiveAsync(origin, context, keys, rates, room, intake));
        }
    }

    private static async Task<IResult> ReceiveAsync(
        PartnerOrigin origin,
        HttpContext context,
        PartnerKeys keys,
        ReportRates rates,
        ReportRoom room,
        LeakIntake intake)
    {
        var request = context.Request;
        if (keys.Of(origin) is not { } list)
        {
            throw new ReportRefusedException(
                404,
                $"Reports by {origin.Name} are not taken here, because it was not set where its public keys are "
                    + $"({LeakReportOptions.SectionOf(origin)}:PublicKeysUrl).");
        }

        ReportRequest.RequireJson(request, ReportRequest.LongestBody);
        var (identifier, signature) = ReadSignature();

        // Before the body, so that who names no key of the partner's cannot make us hold one.
        var key = await list.FindAsync(identifier, context.RequestAborted) switch
        {
            KeyLookup.Found found => found.Key,
            KeyLookup.Unobtainable { RetryAfter: var pause } => throw new ReportRefusedException(
                503, $"{origin.Name}'s public keys cannot be fetched now. Send the report again later.", pause),
            _ => throw Unproven(401, $"{origin.Name} publishes no key with this identifier."),
        };
        var body = await room.ReadAsync(request, origin.Reporter, body =>
        {
            if (!ReportSignature.IsValid(body.Span, signature, key))
            {
                throw Unproven(401, "The signature is not this key's over this body.");
            }
        });

        // Not cancelled when the reporter hangs up: what is genuine is taken in, for nobody promises to send it again.
        var taken = await intake.TakeAsync(
            new Delivery(origin.Channel, origin.Reporter, origin.Name, SHA256.HashData(body.Span)) { IsPublic = true },
            ReportRequest.Matches(ReportBody.Read(body)),
            CancellationToken.None);
        return Results.Json(taken.Feedback);

        (string Identifier, string Signature) ReadSignature()
        {
            if (PartnerOrigin.All.Count(other => other.Headers.Any(pair => pair.AreIn(request.Headers))) > 1)
            {
                throw Unproven(400, "The request carries the headers of two reporters. Send those of one.");
            }

            // Who sends what they say under both of its names says one thing.
            var sent = origin.Headers.Where(pair => pair.AreIn(request.Headers))
                .Select(pair => (
                    Identifier: ReportRequest.ReadOnce(request, pair.KeyIdentifier),
                    Signature: ReportRequest.ReadOnce(request, pair.Signature)))
                .Distinct()
                .ToList();
            return sent is [({ } identifier, { } signature)]
                ? (identifier, signature)
                : throw Unproven(401, $"The headers {string.Join(", or ", origin.Headers)} are needed, once each.");
        }

        ReportRefusedException Unproven(int status, string sentence) =>
            ReportRequest.Unproven(context, rates, origin.Reporter, status, sentence);
    }
}
