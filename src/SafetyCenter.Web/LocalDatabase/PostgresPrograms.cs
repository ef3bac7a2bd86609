using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>Where to look for the server programs of PostgreSQL. Tests hand in their own.</summary>
/// <param name="NamedFolder">A folder somebody named on purpose; when set, no other is looked at.</param>
/// <param name="Path">The folders of the PATH variable, in order.</param>
/// <param name="Roots">Folders that hold one folder per version, each with a <c>bin</c> inside.</param>
internal sealed record PostgresSearch(string? NamedFolder, IReadOnlyList<string> Path, IReadOnlyList<string> Roots)
{
    /// <summary>The search of this machine: environment, PATH, and where packages of Linux and macOS install to.</summary>
    public static PostgresSearch OfThisMachine() => new(
        Environment.GetEnvironmentVariable(PostgresPrograms.FolderVariable) is { Length: > 0 } named ? named : null,
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries),
        [
            "/usr/lib/postgresql",                          // Debian, Ubuntu
            "/usr/libexec",                                 // Alpine: postgresql16/
            "/usr",                                         // Red Hat's own builds: pgsql-16/
            "/usr/local/lib/postgresql",
            "/opt/homebrew/opt", "/usr/local/opt",          // Homebrew: postgresql@16/
            "/home/linuxbrew/.linuxbrew/opt",
            "/Applications/Postgres.app/Contents/Versions",
        ]);
}

/// <summary>The server programs of one PostgreSQL installation.</summary>
/// <param name="Folder">The folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="MajorVersion">15, 16, 17...: a cluster can be opened only by the version that made it.</param>
internal sealed partial record PostgresPrograms(string Folder, int MajorVersion)
{
    /// <summary>The environment variable that names the folder of the programs and ends the search.</summary>
    public const string FolderVariable = "SAFETYCENTER_PG_BIN";

    private static readonly string[] Names = ["initdb", "pg_ctl", "postgres"];

    public string InitDb => Path.Combine(Folder, "initdb");
    public string PgCtl => Path.Combine(Folder, "pg_ctl");
    public string Postgres => Path.Combine(Folder, "postgres");

    /// <summary>
    /// The first installation that will do: the named folder, else the first on PATH, else the newest below the roots.
    /// </summary>
    /// <param name="madeBy">The major version that made an existing cluster, or null for a new one.</param>
    /// <exception cref="PostgresNotFoundException">There is none, or none of that version.</exception>
    public static PostgresPrograms Find(PostgresSearch search, int? madeBy = null)
    {
        var seen = new List<int>();
        foreach (var folder in Candidates(search).Distinct())
        {
            if (VersionOf(folder) is not { } version) continue;
            if (madeBy is null || madeBy == version) return new(folder, version);
            seen.Add(version);
        }

        throw new PostgresNotFoundException(seen.Count > 0
            ? $"The local database was made by PostgreSQL {madeBy}, but only version {string.Join(", ", seen)} is here."
            : search.NamedFolder is { } named
                ? $"{FolderVariable} names {named}, but {string.Join(", ", Names)} are not all there."
                : "No PostgreSQL server programs were found, neither on PATH nor in "
                    + (search.Roots.Count > 0 ? string.Join(", ", search.Roots) : "any other folder") + ".");
    }

    private static IEnumerable<string> Candidates(PostgresSearch search)
    {
        if (search.NamedFolder is { } named) return HasAll(named) ? [named] : [];

        var onPath = search.Path.SelectMany(folder => new[] { RealFolder(folder), folder }).OfType<string>();
        var installed = search.Roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateDirectories(root, "*", new EnumerationOptions()))
            .Select(version => Path.Combine(version, "bin"))
            .OrderByDescending(VersionInName);
        return onPath.Concat(installed).Where(HasAll);
    }

    /// <summary>
    /// A link such as /usr/local/bin/initdb leads to the folder where all programs, and the files they need, really are.
    /// </summary>
    private static string? RealFolder(string folder)
    {
        var initDb = new FileInfo(Path.Combine(folder, "initdb"));
        return initDb.Exists ? Path.GetDirectoryName(initDb.ResolveLinkTarget(returnFinalTarget: true)?.FullName) : null;
    }

    private static bool HasAll(string folder) => Names.All(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>Sorts "9.6" below "15" and "postgresql@16" above both. Only orders; the program itself is asked later.</summary>
    private static double VersionInName(string binFolder)
    {
        var number = Number().Match(Path.GetFileName(Path.GetDirectoryName(binFolder)!)).Value;
        return double.TryParse(number, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }

    /// <summary>What <c>postgres --version</c> says, or null when it cannot be run or says something else.</summary>
    private static int? VersionOf(string folder)
    {
        var question = new ProcessStartInfo(Path.Combine(folder, "postgres"), "--version")
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(question)!;
            var match = VersionLine().Match(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;            // not executable for us, or built for another machine: look further
        }
    }

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionLine();
}
