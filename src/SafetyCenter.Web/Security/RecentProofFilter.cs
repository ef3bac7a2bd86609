using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Asks again who somebody is, before a handler that <see cref="RequiresRecentProofAttribute"/> marks, when they have not
/// proved it for ten minutes. The form that asks carries what was sent and leads to the same address, so that the handler then
/// runs as if nobody had asked. It is answered with 403, so that a script can tell it from what it asked for.
/// </summary>
public sealed class RecentProofFilter(
    CurrentSession session,
    Sessions sessions,
    UserManager<Login> logins,
    Passwords passwords,
    TimeProvider time,
    IModelMetadataProvider metadata) : IAsyncPageFilter
{
    /// <summary>The field that holds the password as a proof.</summary>
    public const string PasswordField = "proof_password";

    /// <summary>The field that holds what a passkey signed as a proof.</summary>
    public const string PasskeyField = "proof_passkey";

    private const string Form = "/Pages/Shared/ConfirmItIsYou.cshtml";

    /// <inheritdoc />
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (context.HandlerMethod?.MethodInfo.IsDefined(typeof(RequiresRecentProofAttribute), inherit: true) != true
            || session.Value?.IsFreshAt(time.GetUtcNow()) == true)
        {
            await next();
            return;
        }

        if (session.Value is null)
        {
            context.Result = new ChallengeResult();
            return;
        }

        var login = (await logins.FindByIdAsync(session.Value.LoginId.ToString()))!;
        var sent = context.HttpContext.Request.HasFormContentType ? context.HttpContext.Request.Form : FormCollection.Empty;
        var isTried = sent.ContainsKey(PasswordField) || sent.ContainsKey(PasskeyField);
        if (isTried && await IsProvedAsync(context.HttpContext, login, sent))
        {
            await next();
            return;
        }

        context.Result = Ask(context.HttpContext, login, sent, isTried);
    }

    private async Task<bool> IsProvedAsync(HttpContext context, Login login, IFormCollection sent)
    {
        var byPasskey = context.RequestServices.GetService<ProofByPasskey>();
        var hasPasskey = byPasskey is not null
            && sent[PasskeyField].ToString() is { Length: > 0 } signed
            && await byPasskey(context, login, signed);
        var isProved = hasPasskey || await passwords.VerifyAsync(context, login, sent[PasswordField]);
        if (isProved)
        {
            await sessions.ProveAsync(hasPasskey, context.RequestAborted);
        }

        return isProved;
    }

    private ViewResult Ask(HttpContext context, Login login, IFormCollection sent, bool isWrong)
    {
        var request = context.Request;
        var here = $"{request.PathBase}{request.Path}{request.QueryString}";
        return new ViewResult
        {
            ViewName = Form,
            StatusCode = StatusCodes.Status403Forbidden,
            ViewData = new ViewDataDictionary<ConfirmForm>(metadata, new ModelStateDictionary())
            {
                Model = new ConfirmForm(
                    HttpMethods.IsPost(request.Method) ? here : $"{ConfirmForm.Address}?returnUrl={Uri.EscapeDataString(here)}",
                    $"{request.PathBase}{request.Path}",
                    login.Email!,
                    isWrong,
                    [.. sent.Where(field => IsKept(field.Key)).SelectMany(
                        field => field.Value, (field, value) => (field.Key, value ?? ""))]),
            },
        };
    }

    // A password must not travel back; the antiforgery token is made anew.
    private static bool IsKept(string field) =>
        field is not (PasswordField or PasskeyField or "__RequestVerificationToken")
        && !field.Contains("password", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The form that asks somebody to prove again who they are.</summary>
/// <param name="Action">Where it leads: to what was asked for.</param>
/// <param name="Back">The page that somebody returns to who changes their mind.</param>
/// <param name="Email">Who is asked, for password managers.</param>
/// <param name="IsWrong">Whether the last proof was wrong.</param>
/// <param name="Fields">What was sent, in order.</param>
public sealed record ConfirmForm(
    string Action, string Back, string Email, bool IsWrong, IReadOnlyList<(string Name, string Value)> Fields)
{
    /// <summary>The address that asks and leads on, for what cannot be sent as a form.</summary>
    public const string Address = "/me/security/confirm";
}
