using Microsoft.Playwright;

namespace SafetyCenter.BrowserTests;

/// <summary>Looks at a page with axe-core, which comes with the web project's npm packages.</summary>
internal static class Accessibility
{
    private static readonly string Axe = File.ReadAllText(
        Path.Combine(Checkout.Folder, "src/SafetyCenter.Web/node_modules/axe-core/axe.min.js"));

    // A colour on its way to another would be taken for one of the page's.
    private const string Run = """
        async () => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
          document.getAnimations().filter(one => one instanceof CSSTransition).forEach(one => one.finish());
          const result = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
          return result.violations.map(violation =>
            `${violation.id}: ${violation.help}: ${violation.nodes.map(node => node.target.join(' ')).join(', ')}`);
        }
        """;

    /// <summary>
    /// What WCAG 2.2 AA and good practice object to, one line each. The page's content security policy does not stop it:
    /// DevTools evaluates the script, once per page that was loaded; the page does not load it.
    /// </summary>
    public static async Task<IReadOnlyList<string>> AxeViolationsAsync(this IPage page)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
        {
            await page.EvaluateAsync(Axe);
        }

        return await page.EvaluateAsync<string[]>(Run);
    }
}
