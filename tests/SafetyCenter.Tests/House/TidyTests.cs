using System.Text.RegularExpressions;

namespace SafetyCenter.Tests.House;

/// <summary>What must not stand in the sources, each with what to write instead.</summary>
public sealed class TidyTests
{
    private const int ColumnsMax = 130;
    private const int LinesMax = 350;

    private static readonly (string Pattern, string Instead)[] Banned =
    [
        (@"\bDateTime(Offset)?\.(Utc)?Now\b", "ask a TimeProvider, or take `now`"),
        (@"\.Result\b(?!\(|\s*=|\?)", "await"),
        (@"\basync void\b", "async Task"),
        (@"\bThread\.Sleep\b", "await something that happens"),
        (@"\b(TO" + @"DO|FIX" + @"ME)\b", "do it now, or say in the issue that it is missing"),
        (@"\bNotImplementedException\b", "implement it"),
        (@"catch\s*\{\s*\}", "name the exception, and handle it"),
        (@"#pragma warning disable", "mend it, or silence it in .editorconfig with a reason"),
        (@"\bclass \w+(Service|Manager|(?<!Tag)Helper|Util|Utils)\b", "name what it is"),
        (@"Html\.Raw\(", "let Razor encode it"),
    ];

    [Fact]
    public void Nothing_banned_stands_in_the_sources()
    {
        var complaints =
            from file in Sources.Below("src", ".cs", ".cshtml").Concat(Sources.Below("tests", ".cs"))
            where !file.Path.EndsWith("TidyTests.cs", StringComparison.Ordinal)
            from line in file.Lines.Index()
            from ban in Banned
            where Regex.IsMatch(line.Item, ban.Pattern)
            select $"{file.Path}:{line.Index + 1}: {line.Item.Trim()} -- {ban.Instead}";
        AssertNone(complaints);
    }

    [Fact]
    public void Lines_and_files_stay_short_enough_to_read()
    {
        var files = Sources.Below("src", ".cs").Concat(Sources.Below("tests", ".cs")).ToList();
        var longLines =
            from file in files
            from line in file.Lines.Index()
            let columns = new System.Globalization.StringInfo(line.Item).LengthInTextElements
            where columns > ColumnsMax
            select $"{file.Path}:{line.Index + 1} has {columns} columns";
        var longFiles =
            from file in files
            where file.Lines.Length > LinesMax
            select $"{file.Path} has {file.Lines.Length} lines";
        AssertNone(longLines.Concat(longFiles));
    }

    [Fact]
    public void Pages_hold_no_inline_script_style_or_handler()
    {
        // The content security policy would refuse them, silently for whoever does not look at the console.
        var complaints =
            from file in Sources.Below("src/SafetyCenter.Web/Pages", ".cshtml")
            from line in file.Lines.Index()
            where Regex.IsMatch(line.Item, @"\s(style|on[a-z]+)=""|<style|<script(?![^>]*\ssrc=)", RegexOptions.IgnoreCase)
            select $"{file.Path}:{line.Index + 1}: {line.Item.Trim()}";
        AssertNone(complaints);
    }

    private static void AssertNone(IEnumerable<string> complaints)
    {
        var all = string.Join('\n', complaints);
        Assert.True(all.Length == 0, all);
    }
}
