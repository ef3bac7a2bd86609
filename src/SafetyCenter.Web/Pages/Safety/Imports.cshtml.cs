using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Leaks.Imports;
using SafetyCenter.Web.Pages.Shared;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>Where an admin uploads the report of another scanner.</summary>
[RequestSizeLimit(2L * ReportImport.LengthMax)]
[RequestFormLimits(MultipartBodyLengthLimit = 2L * ReportImport.LengthMax)]
public sealed class ImportsModel(SafetyCenterDb db, Actor actor, TimeProvider time, ReportImport import)
    : OrganizationPage(db, actor, time)
{
    /// <summary>The report's form, as chosen; empty to find out.</summary>
    [BindProperty]
    public string? Format { get; set; }

    /// <summary>The repository that was scanned, as typed.</summary>
    [BindProperty]
    public string? Repository { get; set; }

    /// <summary>Whether anybody can read what was scanned.</summary>
    [BindProperty]
    public bool IsPublic { get; set; }

    /// <inheritdoc />
    public override Task<IActionResult> ShowAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IActionResult>(Page());

    /// <summary>Takes a report in, and says what came of it.</summary>
    public async Task<IActionResult> OnPostAsync(IFormFile? file, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            throw RefusedException.Invalid("Choose a report file.", "file");
        }

        if (file.Length > ReportImport.LengthMax)
        {
            throw RefusedException.Invalid(ReportImport.TooLong, "file");
        }

        await using var content = file.OpenReadStream();
        var imported = await import.TakeAsync(
            content,
            new ImportWish(Format, Repository, IsPublic),
            new ImportSource($"import:{Actor.OrganizationId}", Actor.User.DisplayName, Actor.OrganizationId),
            cancellationToken);
        return Done(Words(imported));
    }

    private static string Words(Imported imported)
    {
        List<string> sentences =
        [
            $"The {imported.Title} report has {imported.Findings.Of("finding")}.",
            imported.Matched == 0
                ? "None is a key or token of this organization."
                : $"{imported.Matched.Of("is a key or token", "are keys or tokens")} of this organization; "
                    + $"{imported.Raised.Of("alert was", "alerts were")} raised.",
        ];
        Add(
            imported.Redacted,
            "redacted and cannot be matched: have the scanner write the secrets, or use our own, which writes hashes");
        Add(imported.Unreadable, "unreadable");
        Add(imported.Skipped, "marked as suppressed or gone, and left out");
        return string.Join(' ', sentences);

        void Add(int count, string what)
        {
            if (count > 0)
            {
                sentences.Add($"{count.Of("is", "are")} {what}.");
            }
        }
    }
}
