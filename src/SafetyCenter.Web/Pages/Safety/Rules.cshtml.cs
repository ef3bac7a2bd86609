using System.Text;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core.Secrets.Rules;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>The rule files with which other scanners find our secrets, and each of them to take away.</summary>
public sealed class RulesModel(SafetyCenterDb db, Actor actor, TimeProvider time, Installation installation)
    : OrganizationPage(db, actor, time)
{
    /// <summary>The files, one for each scanner.</summary>
    public IReadOnlyList<RuleFile> Files { get; } = ScannerRules.Of(installation.Secrets, installation.PublicUrl);

    /// <summary>What the secrets of this installation begin with.</summary>
    public string Prefix => installation.Secrets.Prefix;

    /// <summary>The file to take away; without one the page lists them.</summary>
    [BindProperty(SupportsGet = true, Name = "file")]
    public string? Wanted { get; set; }

    /// <inheritdoc />
    public override Task<IActionResult> ShowAsync(CancellationToken cancellationToken) => Task.FromResult(Show());

    private IActionResult Show() =>
        Wanted is null ? Page()
        : Files.SingleOrDefault(file => file.Name == Wanted) is { } file
            ? File(Encoding.UTF8.GetBytes(file.Text), "text/plain; charset=utf-8", file.Name)
        : NotFound();
}
