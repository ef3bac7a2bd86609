using System.Globalization;

namespace SafetyCenter.Benchmarks;

/// <summary>Figures beside their bars, as a table that can be pasted into a page.</summary>
internal sealed class Report
{
    private int _failed;

    public Report(string title)
    {
        Console.WriteLine(title);
        Console.WriteLine();
        Console.WriteLine("| what | figure | bar | |");
        Console.WriteLine("|---|---|---|---|");
    }

    /// <summary>A figure that must not exceed its bar.</summary>
    public void AtMost(string what, double figure, double bar, string unit = "") =>
        Judge(what, figure, $"at most {Text(bar)}{unit}", figure <= bar, unit);

    /// <summary>A figure that must reach its bar.</summary>
    public void AtLeast(string what, double figure, double bar, string unit = "") =>
        Judge(what, figure, $"at least {Text(bar)}{unit}", figure >= bar, unit);

    /// <summary>Something that must be so.</summary>
    public void Holds(string what, bool isSo, string bar) => Line(what, isSo ? "yes" : "no", bar, isSo ? "PASS" : Failed());

    /// <summary>A figure without a bar.</summary>
    public static void Says(string what, string figure) => Line(what, figure, "", "");

    /// <summary>The exit code: 1 when a bar was missed.</summary>
    public int End() => _failed == 0 ? 0 : 1;

    public static string Text(double figure) => figure.ToString("0.####", CultureInfo.InvariantCulture);

    private void Judge(string what, double figure, string bar, bool isPassed, string unit) =>
        Line(what, Text(Math.Round(figure, 4)) + unit, bar, isPassed ? "PASS" : Failed());

    private string Failed()
    {
        _failed++;
        return "FAIL";
    }

    private static void Line(string what, string figure, string bar, string verdict) =>
        Console.WriteLine($"| {what} | {figure} | {bar} | {verdict} |");
}
