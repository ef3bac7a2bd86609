using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Security;

/// <summary>
/// A page of an organization. It can always show itself anew: after a refusal it does so with what was typed still in
/// the fields and the reason beside them.
/// </summary>
public abstract class OrganizationPage(SafetyCenterDb db, Actor actor, TimeProvider time) : PageModel
{
    /// <summary>Who looks.</summary>
    public Actor Actor { get; } = actor;

    /// <summary>The moment this page speaks of.</summary>
    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>What the last action did, shown once.</summary>
    [TempData]
    public string? Message { get; set; }

    /// <summary>What is kept.</summary>
    protected SafetyCenterDb Db { get; } = db;

    /// <summary>Loads what the page shows.</summary>
    /// <returns>The page, or 404.</returns>
    public abstract Task<IActionResult> ShowAsync(CancellationToken cancellationToken);

    /// <summary>Shows the page.</summary>
    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>The action is done: back to the page, which says so once.</summary>
    protected IActionResult Done(string message)
    {
        Message = message;
        return RedirectToPage();
    }

    /// <inheritdoc />
    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        var executed = await next();
        if (executed.Exception is not RefusedException refused || executed.ExceptionHandled)
        {
            return;
        }

        Db.ChangeTracker.Clear();
        ModelState.AddModelError(refused.Field ?? "", refused.Message);
        executed.ExceptionHandled = true;
        executed.Result = await ShowAsync(context.HttpContext.RequestAborted);
        Response.StatusCode = StatusOf(refused);
    }

    /// <summary>With which status a refusal is answered.</summary>
    protected virtual int StatusOf(RefusedException refused) => refused.Refusal == Refusal.Forbidden
        ? StatusCodes.Status403Forbidden
        : StatusCodes.Status400BadRequest;
}
