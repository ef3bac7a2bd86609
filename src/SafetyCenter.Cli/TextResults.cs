using System.Globalization;

namespace SafetyCenter.Cli;

/// <summary>A line for each finding: <c>path:line:column kind …last4 (encoding)</c>, and the commit in histories.</summary>
internal static class TextResults
{
    /// <summary>Writes it.</summary>
    public static void Write(TextWriter writer, Results results)
    {
        foreach (var (path, commit, found) in results.Findings)
        {
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{Printable(path)}:{found.Line}:{found.Column} {Kinds.Name(found.Kind)} …{found.Last4} ({found.Encoding})"));
            writer.WriteLine(commit is null ? "" : $" {commit}");
        }
    }

    /// <summary>A name may hold line feeds and commands to the terminal; neither may come out of it.</summary>
    public static string Printable(string text) => text.Any(char.IsControl)
        ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter))
        : text;
}
