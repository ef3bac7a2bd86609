using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Api;

/// <summary>Why a report is not taken.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="sentence">What it says, and nothing of the report.</param>
/// <param name="retryAfter">After how long to try again; nothing when that would not help.</param>
internal sealed class ReportRefusedException(int status, string sentence, TimeSpan retryAfter = default) : Exception(sentence)
{
    /// <summary>The status of the answer.</summary>
    public int Status => status;

    /// <summary>After how long to try again.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>
/// How every endpoint that takes reports answers programs: one method, no page, and each refusal a sentence under <c>errors</c>.
/// </summary>
/// <param name="method">The one method it has.</param>
internal sealed class ReportDoor(string method) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (request, headers) = (context.HttpContext.Request, context.HttpContext.Response.Headers);
        if (!HttpMethods.Equals(request.Method, method))
        {
            headers.Allow = method;
            return Refuse(405, method == HttpMethods.Post ? "Reports are sent with POST." : "This is asked for with GET.");
        }

        try
        {
            return await next(context);
        }
        catch (ReportRefusedException refused)
        {
            if (refused.RetryAfter > TimeSpan.Zero)
            {
                headers.RetryAfter = Math.Ceiling(refused.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }

            return Refuse(refused.Status, refused.Message);
        }
        catch (RefusedException refused)
        {
            return Refuse(400, refused.Message);
        }
        catch (BadHttpRequestException unreadable)
        {
            return Refuse(unreadable.StatusCode, "The body could not be read.");
        }
    }

    private static IResult Refuse(int status, string sentence) =>
        Results.Json(new { errors = new[] { sentence } }, statusCode: status);
}

/// <summary>Maps such endpoints.</summary>
internal static class ReportDoors
{
    // What comes after the longest body is thrown away unread, but up to here it is taken off the wire: a connection
    // that is cut while its sender still sends shows the sender an error of the network instead of our answer.
    private const int DrainedTimes = 4;

    /// <summary>
    /// Maps one, for every method: with its own alone, another method would be sent to the sign-in page, for which programs have
    /// no use. Nobody signs in for it, and no form has to be ours: who reports proves it by what they send.
    /// </summary>
    public static void MapReportDoor(
        this IEndpointRouteBuilder routes, string address, string method, int longestBody, Delegate handler) => routes
        .Map(address, handler)
        .AllowAnonymous()
        .DisableAntiforgery()
        .WithMetadata(new RequestSizeLimitAttribute((long)DrainedTimes * longestBody))
        .AddEndpointFilter(new ReportDoor(method));
}
