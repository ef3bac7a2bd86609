using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Shows a page anew instead of a bare 400 when its form was written for somebody else: who signed in or out in another tab
/// meanwhile has an antiforgery token that is good no more, and the page has something better to say to them.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShowsAnewWhenOutdatedAttribute : Attribute, IAlwaysRunResultFilter
{
    /// <summary>Whether the query says what the page is about, and not only which of its handlers.</summary>
    public bool KeepsQuery { get; init; }

    /// <inheritdoc />
    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (context is { Result: IAntiforgeryValidationFailedResult })
        {
            var request = context.HttpContext.Request;
            context.Result = new LocalRedirectResult(
                request.PathBase + request.Path + (KeepsQuery ? request.QueryString.Value : ""));
        }
    }

    /// <inheritdoc />
    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}
