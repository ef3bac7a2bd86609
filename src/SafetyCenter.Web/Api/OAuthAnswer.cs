using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// How every endpoint of the authorization server answers programs: errors as RFC 6749, 5.2 has them; nothing is stored
/// on the way; and programs that run in a browser may ask from everywhere, for no cookie counts here.
/// </summary>
/// <param name="method">The one method it has.</param>
/// <param name="fromBrowsers">Whether pages of other sites may call it.</param>
internal sealed class OAuthAnswer(string method, bool fromBrowsers) : IEndpointFilter
{
    private const string Door = "oauth";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (request, response) = (context.HttpContext.Request, context.HttpContext.Response);
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        if (fromBrowsers)
        {
            response.Headers.AccessControlAllowOrigin = "*";
        }

        if (fromBrowsers && HttpMethods.IsOptions(request.Method))
        {
            response.Headers.AccessControlAllowMethods = method;
            response.Headers.AccessControlAllowHeaders = "authorization, content-type";
            return Results.NoContent();
        }

        if (!HttpMethods.Equals(request.Method, method))
        {
            response.Headers.Allow = method;
            return Error("invalid_request", $"Send this with {method}.", StatusCodes.Status405MethodNotAllowed);
        }

        try
        {
            return await next(context);
        }
        catch (OAuthRefusedException refused)
        {
            if (refused.Status == StatusCodes.Status401Unauthorized && AreTooMany(context.HttpContext))
            {
                return Error("temporarily_unavailable", FailedAuthentications.Sentence, StatusCodes.Status429TooManyRequests);
            }

            if (refused.IsBasic)
            {
                response.Headers.WWWAuthenticate = "Basic realm=\"SafetyCenter\", charset=\"UTF-8\"";
            }

            return Error(refused.Code, refused.Message, refused.Status);
        }
        catch (BadHttpRequestException unreadable)
        {
            return Error("invalid_request", "The body could not be read.", unreadable.StatusCode);
        }
    }

    private static bool AreTooMany(HttpContext context) =>
        context.RequestServices.GetRequiredService<FailedAuthentications>().AreTooMany(context, Door);

    private static IResult Error(string code, string sentence, int status) =>
        Results.Json(new { error = code, error_description = sentence }, statusCode: status);
}
