using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Headers of every answer: nothing inline, nothing foreign, no framing. Only forms on the way to an app (OAuth) may lead
/// elsewhere, to that app: Chromium asks the policy of the page with the form about every redirect that follows it. An answer may
/// have another policy of its own.
/// </summary>
public static class SecurityHeaders
{
    private const string UpToForms =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; form-action 'self'";

    private const string AfterForms = "; base-uri 'none'; frame-ancestors 'none'";

    private static readonly PathString SignIn = "/sign-in";

    /// <summary>Sets them before anything else can answer.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // At the last moment: what answers an exception begins by clearing all headers.
        var path = context.Request.Path;
        context.Response.OnStarting(() =>
        {
            Set(context, path);
            return Task.CompletedTask;
        });
        return next(context);
    });

    /// <summary>Lets forms of this answer lead to an app.</summary>
    /// <param name="context">The request.</param>
    /// <param name="redirectUri">Where; known to be the app's.</param>
    public static void LetFormsLeadTo(this HttpContext context, string redirectUri) =>
        context.Items[typeof(SecurityHeaders)] = redirectUri;

    private static void Set(HttpContext context, PathString path)
    {
        var headers = context.Response.Headers;
        var next = IsAuthorize(path.Value) ? context.Request.QueryString.Value : QueryAfterSignIn(context, path);
        var app = context.Items[typeof(SecurityHeaders)] as string ?? (path.StartsWithSegments(SignIn) ? AppIn(next) : null);
        var source = app is null ? null : RedirectUri.PolicySource(app);
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = source is null ? UpToForms + AfterForms : $"{UpToForms} {source}{AfterForms}";
        }

        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = next is null ? "same-origin" : "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
    }

    // What the app asked for, on a page where somebody signs in before they let it in; null everywhere else.
    private static string? QueryAfterSignIn(HttpContext context, PathString path)
    {
        if (!path.StartsWithSegments(SignIn))
        {
            return null;
        }

        // The form is looked at where it was read, and not waited for.
        var form = context.Features.Get<IFormFeature>()?.Form;
        var next = form?["returnUrl"] is { Count: > 0 } sent ? sent : context.Request.Query["returnUrl"];
        return next.ToString().Split('?', 2) is [var address, var query] && IsAuthorize(address) ? query : null;
    }

    private static bool IsAuthorize(string? address) => address is "/oauth2/authorize" or "/oauth2/v1/authorize";

    private static string? AppIn(string? query) =>
        QueryHelpers.ParseQuery(query).TryGetValue("redirect_uri", out var uri) ? uri.ToString() : null;
}
