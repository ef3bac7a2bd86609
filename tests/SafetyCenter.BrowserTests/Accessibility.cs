using Microsoft.Playwright;

namespace SafetyCenter.BrowserTests;

/// <summary>Looks at a page with axe-core, which comes with the web project's npm packages.</summary>
internal static class Accessibility
{
    private static readonly string Axe =
        Path.Combine(Checkout.Folder, "src/SafetyCenter.Web/node_modules/axe-core/axe.min.js");

    private const string Run = """
        async () => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
          const result = await axe.run(document, { runOnly: tags });
          return result.violations.map(violation =>
            `${violation.id}: ${violation.help}: ${violation.nodes.map(node => node.target.join(' ')).join(', ')}`);
        }
        """;

    /// <summary>
    /// What WCAG 2.2 AA and good practice object to, one line each. The page's content security policy does not stop it:
    /// DevTools evaluates the script, the page does not load it.
    /// </summary>
    public static async Task<IReadOnlyList<string>> AxeViolationsAsync(this IPage page)
    {
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe));
        return await page.EvaluateAsync<string[]>(Run);
    }
}
