using System.Text.RegularExpressions;

namespace SafetyCenter.Tests.House;

/// <summary>
/// Who may import whom. The table is the documentation: a namespace is a folder, and what a file imports stands in its
/// using lines.
/// </summary>
public sealed partial class RoomTests
{
    private static readonly Dictionary<string, string[]> Core = new()
    {
        ["Secrets"] = [],
        ["Organizations"] = ["Users"],
        ["Users"] = ["Organizations"],
        ["Credentials"] = ["Organizations", "Secrets", "Users"],
        ["OAuth"] = ["Credentials", "Organizations", "Secrets", "Users"],
        ["Alerts"] = ["Credentials", "Organizations", "Secrets", "Users"],
        ["Audit"] = ["Organizations", "Users"],
        ["Findings"] = ["Credentials", "OAuth", "Organizations", "Users"],
    };

    private static readonly Dictionary<string, string[]> Web = new()
    {
        ["Pages"] = [
            "Credentials", "Data", "Emails", "Findings", "Identity", "Leaks", "OAuth", "Organizations", "People",
            "Repositories", "Security", "Startup",
        ],
        // The authenticator stands in Verification, so that a credential is judged in one place only.
        ["Api"] =
        [
            "Credentials", "Data", "Emails", "Identity", "Leaks", "OAuth", "Organizations", "People", "Security", "Startup",
            "Verification",
        ],
        ["Credentials"] = ["Data", "Security"],
        ["OAuth"] = ["Credentials", "Data", "Emails", "Identity", "Security", "Startup", "Verification"],
        ["Verification"] = ["Data", "Findings", "Security"],
        ["Jobs"] = ["Credentials", "Data", "Emails", "Findings", "OAuth", "Repositories", "Security"],
        ["Commands"] = ["Data", "Identity", "Jobs", "Organizations", "Security"],
        ["Organizations"] = ["Data", "Emails", "People", "Security"],
        ["People"] = ["Credentials", "Data", "Emails", "Security"],
        ["Security"] = ["Data", "Identity"],
        ["Leaks"] = ["Data", "Emails", "Findings", "Security"],
        ["Repositories"] = ["Data", "Leaks", "Security", "Startup"],
        ["Findings"] = ["Data", "Security"],
        ["Emails"] = ["Data", "Security", "Startup"],
        ["Identity"] = ["Data", "Emails", "Security"],
        ["Data"] = ["Emails", "Findings", "Identity", "Security", "Verification"],
        ["LocalDatabase"] = [],
        ["Demo"] = ["Data", "Findings", "Identity", "Jobs", "Leaks", "Security"],
        ["Startup"] = ["*"],
    };

    [Fact]
    public void Rooms_of_Core_import_only_what_the_table_allows() => Check("src/SafetyCenter.Core", "SafetyCenter.Core", Core);

    [Fact]
    public void Rooms_of_Web_import_only_what_the_table_allows() => Check("src/SafetyCenter.Web", "SafetyCenter.Web", Web);

    [Fact]
    public void Core_depends_on_nothing_but_the_framework() =>
        Assert.All(
            typeof(global::SafetyCenter.Core.Text).Assembly.GetReferencedAssemblies(),
            assembly => Assert.StartsWith("System.", assembly.Name, StringComparison.Ordinal));

    private static void Check(string folder, string root, Dictionary<string, string[]> mayImport)
    {
        var complaints = new List<string>();
        foreach (var (path, lines) in Sources.Below(folder, ".cs"))
        {
            var parts = path[(folder.Length + 1)..].Split('/');
            if (parts.Length == 1)
            {
                continue;
            }

            if (!mayImport.TryGetValue(parts[0], out var allowed))
            {
                complaints.Add($"{path}: the room {parts[0]} is not in the table");
                continue;
            }

            complaints.AddRange(lines
                .Select(line => Import().Match(line))
                .Where(match => match.Success && match.Groups["root"].Value == root && match.Groups["room"].Success)
                .Select(match => match.Groups["room"].Value)
                .Where(room => room != parts[0] && !allowed.Contains(room) && !allowed.Contains("*"))
                .Select(room => $"{path}: {parts[0]} may not import {room}"));
        }

        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
    }

    [GeneratedRegex(@"^using (?:static )?(?<root>SafetyCenter\.\w+)(?:\.(?<room>\w+))?[.;]")]
    private static partial Regex Import();
}
