using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages;

/// <summary>What people see instead of a page: what it is, and what to do. A 403 names the admins.</summary>
[IgnoreAntiforgeryToken]
[ResponseCache(NoStore = true)]
public sealed class ErrorModel(
    SafetyCenterDb db, Actor actor, CurrentOrganization current, CurrentSession session) : PageModel
{
    private const int AdminsMax = 20;

    /// <summary>What it is.</summary>
    public string Title { get; private set; } = "";

    /// <summary>What to do.</summary>
    public string Advice { get; private set; } = "";

    /// <summary>Who can help.</summary>
    public IReadOnlyList<User> Admins { get; private set; } = [];

    /// <summary>Shows it.</summary>
    public Task OnGetAsync(int status, CancellationToken cancellationToken) => ShowAsync(status, cancellationToken);

    /// <summary>Shows it after a form, too: the error page is run with the method of what failed.</summary>
    public Task OnPostAsync(int status, CancellationToken cancellationToken) => ShowAsync(status, cancellationToken);

    private async Task ShowAsync(int status, CancellationToken cancellationToken)
    {
        (Title, Advice) = ErrorText.Of(status);
        if (status == StatusCodes.Status403Forbidden && current.IsDisabled)
        {
            (Title, Advice) = (
                "This organization is disabled",
                "Nobody gets in, and its keys open nothing. Ask whoever operates this installation.");
        }
        else if (session.LacksSecondFactorFor is { } name)
        {
            (Title, Advice) = (
                $"{name} requires a second factor",
                "Nothing was done. Open “Your security”, add a second factor or sign in with the one you have, and try again.");
        }
        else if (status == StatusCodes.Status403Forbidden && actor.IsKnown)
        {
            (Title, Advice) = ("This is for admins", $"Your roles in {actor.Organization.Name} do not include this.");
            Admins = await db.People.AsNoTracking().Admins()
                .OrderBy(admin => admin.Email).Take(AdminsMax).ToListAsync(cancellationToken);
        }
    }
}
