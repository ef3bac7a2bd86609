using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Web.Startup;

/// <summary>What a request passes through, in order.</summary>
public static class Pipeline
{
    /// <summary>Builds it.</summary>
    public static void UseSafetyCenter(this WebApplication app)
    {
        app.UseCallerAddress();
        app.UseSecurityHeaders();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = AnswerException,
            AllowStatusCode404Response = true,
            SuppressDiagnosticsCallback = failure => DatabaseAway.Explains(failure.Exception),
        });
        app.UseWhen(IsForPeople, people => people.UseStatusCodePagesWithReExecute("/error/{0}"));
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<OrganizationGate>();
        app.UseMiddleware<ApiGate>();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorPages().WithStaticAssets();
        app.MapVerification();
        app.MapPartnerReports();
        app.MapGitLabRevocation();
        app.MapTruffleHog();
        app.MapOAuthMetadata();
        app.MapOAuthTokens();
        app.MapOAuthLogos();
        app.MapApi();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks(
            "/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") }).AllowAnonymous();
    }

    // Programs read JSON; a page of ours would only confuse them.
    private static bool IsForPeople(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/api")
        && !context.Request.Path.StartsWithSegments("/verify")
        && !context.Request.Path.StartsWithSegments("/webhooks")
        && !context.Request.Path.StartsWithSegments("/health")
        && !context.Request.Path.StartsWithSegments("/.well-known")
        && !context.Request.Path.StartsWithSegments("/oauth2/token")
        && !context.Request.Path.StartsWithSegments("/oauth2/revoke")
        && !context.Request.Path.StartsWithSegments("/oauth2/introspect")
        && !context.Request.Path.StartsWithSegments("/oauth2/v1/token")
        && !context.Request.Path.StartsWithSegments("/oauth2/v1/revoke");

    // The middleware that calls this has logged the exception; a database that is away gets a line per call, without
    // a stack trace. The body never tells what went wrong.
    private static async Task AnswerException(HttpContext context)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var isDatabaseAway = DatabaseAway.Explains(exception);
        context.Response.StatusCode = exception is BadHttpRequestException bad ? bad.StatusCode
            : isDatabaseAway ? StatusCodes.Status503ServiceUnavailable
            : StatusCodes.Status500InternalServerError;
        if (isDatabaseAway)
        {
            context.Response.Headers.RetryAfter = "5";
            context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Pipeline)).LogWarning(
                "The database is away, so {Method} {Path} was answered with 503: {Reason}",
                context.Request.Method, context.Request.Path, exception?.GetBaseException().Message);
        }

        if (IsForPeople(context))
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(ErrorText.PageFor(context.Response.StatusCode));
            return;
        }

        await context.Response.WriteAsJsonAsync(
            new { errors = new[] { ErrorText.Of(context.Response.StatusCode).Title } });
    }
}
