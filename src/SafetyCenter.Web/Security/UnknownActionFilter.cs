using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Answers 404 to a form for an action that the page does not have. Razor would show the page without having loaded it.
/// </summary>
public sealed class UnknownActionFilter : IPageFilter
{
    // It is run again with the method of what failed, and says what that was whichever it is.
    private const string ErrorPage = "/Error";

    /// <inheritdoc />
    public void OnPageHandlerSelected(PageHandlerSelectedContext context)
    {
    }

    /// <inheritdoc />
    public void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        var method = context.HttpContext.Request.Method;
        if (context.HandlerMethod is null
            && !HttpMethods.IsGet(method)
            && !HttpMethods.IsHead(method)
            && context.ActionDescriptor.ViewEnginePath != ErrorPage)
        {
            context.Result = new NotFoundResult();
        }
    }

    /// <inheritdoc />
    public void OnPageHandlerExecuted(PageHandlerExecutedContext context)
    {
    }
}
