using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Organizations;

namespace SafetyCenter.Web.Pages;

/// <summary>
/// How all organizations fare, worst first, for whoever operates the installation: counts, and never what is counted. For
/// everybody else it is not there.
/// </summary>
[ResponseCache(NoStore = true)]
public sealed class OperatorModel(SafetyCenterDb db, TimeProvider time) : PageModel
{
    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The moment this page speaks of.</summary>
    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>The organizations of this page, worst first.</summary>
    public IReadOnlyList<Figures> Organizations { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public string? Next { get; private set; }

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!await db.IsOperatorAsync(User, cancellationToken))
        {
            return NotFound();
        }

        (Organizations, Next) = await Figures.WorstFirstAsync(db, After, Cursor.PageSize, cancellationToken);
        return Page();
    }
}
