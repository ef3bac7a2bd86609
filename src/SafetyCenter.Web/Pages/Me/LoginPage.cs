using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>
/// A page about how somebody gets in, whatever organizations they are in. After a refusal it shows itself anew, as the
/// pages of an organization do.
/// </summary>
public abstract class LoginPage(SafetyCenterDb db, UserManager<Login> logins) : PageModel
{
    /// <summary>Whose page it is.</summary>
    public Login Login { get; private set; } = null!;

    /// <summary>What the last action did, shown once.</summary>
    [TempData]
    public string? Message { get; set; }

    /// <summary>What is kept.</summary>
    protected SafetyCenterDb Db { get; } = db;

    /// <summary>Loads what the page shows.</summary>
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
        await LoadAsync();
        var executed = await next();
        if (executed.Exception is not RefusedException refused || executed.ExceptionHandled)
        {
            return;
        }

        // What was not saved is forgotten, so it must not be shown either.
        Db.ChangeTracker.Clear();
        await LoadAsync();
        ModelState.AddModelError(refused.Field ?? "", refused.Message);
        executed.ExceptionHandled = true;
        executed.Result = await ShowAsync(context.HttpContext.RequestAborted);
        Response.StatusCode = StatusCodes.Status400BadRequest;
    }

    private async Task LoadAsync() => Login = await logins.GetUserAsync(User)
        ?? throw new InvalidOperationException("A session outlived its login.");
}
