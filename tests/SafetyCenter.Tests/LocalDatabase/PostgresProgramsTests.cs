using System.Diagnostics;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Tests.LocalDatabase;

public sealed class PostgresProgramsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetycenter-programs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_named_folder_wins_over_path_and_roots()
    {
        var named = Install("named/bin", 14);
        var onPath = Install("path/bin", 15);
        Install("roots/16/bin", 16);

        Assert.Equal(new(named, 14), PostgresPrograms.Find(new(named, [onPath], [At("roots")])));
        Assert.Equal(new(onPath, 15), PostgresPrograms.Find(new(null, ["/nowhere", onPath], [At("roots")])));
    }

    [Fact]
    public void A_named_folder_without_the_programs_is_said_and_not_passed_over()
    {
        var onPath = Install("path/bin", 15);
        var refused = Assert.Throws<PostgresNotFoundException>(
            () => PostgresPrograms.Find(new(At("empty"), [onPath], [])));
        Assert.Contains($"SAFETYCENTER_PG_BIN names {At("empty")}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_installed_versions_the_newest_is_taken_by_number_not_by_letter()
    {
        Install("roots/9.6/bin", 9);
        var newest = Install("roots/postgresql@17/bin", 17);
        var older = Install("roots/15/bin", 15);

        Assert.Equal(new(newest, 17), PostgresPrograms.Find(new(null, [], [At("roots"), At("missing")])));
        Assert.Equal(new(older, 15), PostgresPrograms.Find(new(null, [], [At("roots")]), madeBy: 15));
    }

    [Fact]
    public void A_link_on_path_leads_to_the_folder_it_points_into()
    {
        var real = Install("real/15/bin", 15);
        var links = Directory.CreateDirectory(At("links")).FullName;
        File.CreateSymbolicLink(Path.Combine(links, "initdb"), Path.Combine(real, "initdb"));

        Assert.Equal(new(real, 15), PostgresPrograms.Find(new(null, [links], [])));
    }

    private string At(string path) => Path.Combine(_folder.FullName, path);

    /// <summary>
    /// Three small programs that know their version and nothing else. A shell writes them: a file that this process has
    /// open for writing can leak for a moment into a child another test starts, and then cannot be run ("text file busy").
    /// </summary>
    private string Install(string path, int version)
    {
        const string write = """
            mkdir -p "$1"
            for name in initdb pg_ctl postgres; do
              printf '#!/bin/sh\necho "%s (PostgreSQL) %s.1"\n' $name "$2" >"$1/$name"
              chmod 755 "$1/$name"
            done
            """;
        using var shell = Process.Start("/bin/sh", ["-c", write, "sh", At(path), $"{version}"]);
        shell.WaitForExit();
        return At(path);
    }
}
