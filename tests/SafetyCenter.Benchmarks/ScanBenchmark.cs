using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// The command <c>safetycenter scan</c>, whole process from a cold start, beside ripgrep with the same rules on as many threads
/// (which checks no checksum and decodes nothing) and secretlint's pattern rule, over the same files in page cache.
/// </summary>
internal static class ScanBenchmark
{
    private const int Rounds = 5;
    private const double MemoryMax = 150;
    private const long LongLine = 1_000_000_000;
    private const int SecretlintFolders = 10;
    private const int SecretlintRounds = 3;
    private const double SecretlintMin = 100;

    private const string Stems =
        @"\b(?:scapp_[0-9A-Za-z]{34}|sc[ps]at_[0-9A-Za-z]{22}_[0-9A-Za-z]{38}|sc(?:ocs|oat|ort)_[0-9A-Za-z]{40}"
        + @"|pub[0-9a-f]{32})\b";

    private const string Hex = @"\b[0-9a-f]{32}\b";

    private static readonly string Root = FindRoot();

    public static async Task<int> RunAsync()
    {
        var ours = await PublishAsync();
        using var tree = SourceTree.Plant();
        var gigabytes = tree.Bytes / 1e9;
        await FillPageCacheAsync(tree);
        var report = new Report(
            $"scan: {SourceTree.Files:N0} files, {gigabytes:0.00} GB, {SourceTree.Planted:N0} secrets planted, "
            + $"{tree.Plain.Count:N0} of them in plain");
        string[] scan = [ours, "scan", ".", "--format", "json", "--threads", "2"];
        var first = await Measured.RunAsync(tree.Folder, "dotnet", scan);
        var found = JsonDocument.Parse(first.Output).RootElement.GetProperty("findings").EnumerateArray()
            .Select(finding => (
                finding.GetProperty("path").GetString()!,
                finding.GetProperty("line").GetInt32(),
                finding.GetProperty("sha256").GetString()!))
            .ToList();
        report.Holds("everything planted is found, in the right line", tree.Secrets.IsSubsetOf(found), "always");
        report.Holds("and nothing else", found.Count == tree.Secrets.Count, "always");

        var memory = await AgainstRipgrepAsync(report, tree, scan, gigabytes);
        await AgainstSecretlintAsync(report, tree, scan, gigabytes);
        report.AtMost("memory", memory, MemoryMax, " MiB");

        var line = tree.WriteLongLine(LongLine);
        var alone = await Measured.RunAsync(tree.Folder, "dotnet", ours, "scan", line);
        Report.Says("a line of 1 GB", $"{LongLine / 1e9 / alone.Seconds:0.00} GB/s");
        report.Holds("its secret is found", alone.ExitCode == 1, "always");
        report.AtMost("memory, a line of 1 GB", alone.Megabytes, MemoryMax, " MiB");
        return report.End();
    }

    /// <summary>Each of our runs is set against those of ripgrep before and after it.</summary>
    private static async Task<double> AgainstRipgrepAsync(
        Report report, SourceTree tree, string[] scan, double gigabytes)
    {
        var (ours, theirs) = (new List<Measured>(), new List<Measured>());
        string[] search = ["--no-config", "-uu", "--threads", "2", "--no-heading", "-o", "-e", Stems, "-e", Hex, "."];
        var hasRipgrep = await Measured.CanRunAsync("rg");
        for (var round = 0; round < Rounds; round++)
        {
            if (hasRipgrep)
            {
                theirs.Add(await Measured.RunAsync(tree.Folder, "rg", search));
            }

            ours.Add(await Measured.RunAsync(tree.Folder, "dotnet", scan));
        }

        Report.Says("safetycenter scan, 2 threads", $"{gigabytes / Median(ours.Select(run => run.Seconds)):0.00} GB/s");
        if (hasRipgrep)
        {
            theirs.Add(await Measured.RunAsync(tree.Folder, "rg", search));
            Report.Says("ripgrep, 2 threads", $"{gigabytes / Median(theirs.Select(run => run.Seconds)):0.00} GB/s");
            report.AtLeast(
                "against ripgrep",
                Median(ours.Select((run, round) => (theirs[round].Seconds + theirs[round + 1].Seconds) / 2 / run.Seconds)), 1.5);
        }
        else
        {
            Report.Says("against ripgrep", "not measured: there is no rg (Debian: apt-get install ripgrep)");
        }

        return ours.Max(run => run.Megabytes);
    }

    /// <summary>
    /// It gets the same gigabyte, and half as long again as a hundred times what ours needs; what it does not end by then is
    /// stopped. For those who have little to look through, its pace over a few folders is told as well, without its start.
    /// </summary>
    private static async Task AgainstSecretlintAsync(Report report, SourceTree tree, string[] scan, double gigabytes)
    {
        var modules = Path.Combine(Root, "tests", "SafetyCenter.CompatibilityTests", "node_modules");
        var program = Path.Combine(modules, "secretlint", "bin", "secretlint.js");
        if (!File.Exists(program))
        {
            Report.Says("against secretlint", "not measured: npm has not brought it to SafetyCenter.CompatibilityTests");
            return;
        }

        // It looks for its rules among the packages beside its configuration.
        var rules = Path.Combine(Path.GetDirectoryName(modules)!, ".secretlintrc.benchmark.json");
        await File.WriteAllTextAsync(rules, JsonSerializer.Serialize(new
        {
            rules = new[]
            {
                new
                {
                    id = "@secretlint/secretlint-rule-pattern",
                    options = new
                    {
                        patterns = new[] { Stems, Hex }.Select(pattern => new { name = "ours", pattern = $"/{pattern}/g" }),
                    },
                },
            },
        }));
        try
        {
            var bytes = Enumerable.Range(0, SecretlintFolders)
                .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(tree.Folder, $"{folder:000}")))
                .Sum(file => new FileInfo(file).Length);
            string[] Arguments(string glob) => [program, "--secretlintrc", rules, "--no-color", glob];
            var few = $"00[0-{SecretlintFolders - 1}]/*.txt";
            var start = await Measured.RunAsync(tree.Folder, "node", Arguments("000/source-00001.txt"));
            var (speeds, ratios, ours) = (new List<double>(), new List<double>(), new List<double>());
            var before = await Measured.RunAsync(tree.Folder, "dotnet", scan);
            for (var round = 0; round < SecretlintRounds; round++)
            {
                var theirs = await Measured.RunAsync(tree.Folder, "node", Arguments(few));
                if (theirs.ExitCode != 1)
                {
                    throw new InvalidOperationException($"secretlint should have found something: {theirs.Output}");
                }

                var after = await Measured.RunAsync(tree.Folder, "dotnet", scan);
                speeds.Add(bytes / 1e9 / (theirs.Seconds - start.Seconds));
                ratios.Add(gigabytes / ((before.Seconds + after.Seconds) / 2) / speeds[^1]);
                ours.Add(after.Seconds);
                before = after;
            }

            // To a file, because what it prints into a pipe is cut off when it ends.
            var told = Path.Combine(tree.Folder, "..", $"{Path.GetFileName(tree.Folder)}.json");
            await Measured.RunAsync(
                tree.Folder, "node", [.. Arguments(few), "--format", "json", "--output", told]);
            var theirFindings = TheirFindings(await File.ReadAllTextAsync(told), tree.Folder);
            File.Delete(told);
            report.Holds(
                "secretlint's findings over a few folders are ours, decoded ones and wrong checksums apart",
                theirFindings.SetEquals(tree.Plain.Where(secret => FolderOf(secret.Path) < SecretlintFolders)),
                "always");

            Report.Says("secretlint over a few folders, its start taken off", $"{Median(speeds):0.0000} GB/s");
            Report.Says("against that", $"{Median(ratios):0}");

            var patience = TimeSpan.FromSeconds(1.5 * SecretlintMin * Median(ours));
            var whole = await Measured.RunAsync(tree.Folder, patience, "node", Arguments("**/*"));

            // In some minutes the machine may have thrown out what nobody read.
            await FillPageCacheAsync(tree);
            for (var round = 0; round < SecretlintRounds; round++)
            {
                ours.Add((await Measured.RunAsync(tree.Folder, "dotnet", scan)).Seconds);
            }

            report.AtLeast(
                whole.Seconds < patience.TotalSeconds ? "against secretlint" : "against secretlint, which was stopped then",
                whole.Seconds / Median(ours),
                SecretlintMin);
        }
        finally
        {
            File.Delete(rules);
        }
    }

    /// <summary>What secretlint found, by path, line and hash; it checks no checksum.</summary>
    private static HashSet<(string Path, int Line, string Hash)> TheirFindings(string json, string folder)
    {
        var format = new SecretFormat();
        var found = new HashSet<(string, int, string)>();
        foreach (var file in JsonDocument.Parse(json).RootElement.EnumerateArray())
        {
            var path = file.GetProperty("filePath").GetString()!;
            var text = File.ReadAllText(path);
            foreach (var message in file.GetProperty("messages").EnumerateArray())
            {
                var range = message.GetProperty("range");
                var secret = text[range[0].GetInt32()..range[1].GetInt32()];
                if (format.TryRead(secret, out _))
                {
                    var line = message.GetProperty("loc").GetProperty("start").GetProperty("line").GetInt32();
                    found.Add((Path.GetRelativePath(folder, path), line, SecretHash.Of(secret).ToString()));
                }
            }
        }

        return found;
    }

    private static int FolderOf(string path) => int.Parse(path[..path.IndexOf('/')], CultureInfo.InvariantCulture);

    private static async Task FillPageCacheAsync(SourceTree tree)
    {
        foreach (var file in Directory.EnumerateFiles(tree.Folder, "*", SearchOption.AllDirectories))
        {
            await File.ReadAllBytesAsync(file);
        }
    }

    private static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "safetycenter");
        var published = await Measured.RunAsync(
            Root,
            "dotnet",
            ["publish", "src/SafetyCenter.Cli", "-c", "Release", "--use-current-runtime", "--self-contained", "false",
                "-o", folder, "-v", "q", "--nologo"]);
        return published.ExitCode == 0
            ? Path.Combine(folder, "SafetyCenter.Cli.dll")
            : throw new InvalidOperationException($"The command was not published: {published.Output}");
    }

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SafetyCenter.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("This runs in a checkout.");
    }
}
