using System.Diagnostics;

namespace SafetyCenter.Tests.Support;

/// <summary>A little git repository in a temporary folder, made by the git program.</summary>
public sealed class TestRepository : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetycenter-git-");
    private int _minutes;

    /// <summary>An empty repository.</summary>
    public TestRepository() => Git("init", "--quiet", "--initial-branch=main");

    /// <summary>Where it lies.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Writes a file and commits it; answers the commit.</summary>
    public string Commit(string path, string content, string message = "A change")
    {
        Write(path, content);
        Git("add", "--all");
        Git("commit", "--quiet", "--allow-empty", "--message", message);
        return Head();
    }

    /// <summary>Writes a file.</summary>
    public void Write(string path, string content)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    /// <summary>The commit that is checked out.</summary>
    public string Head()
    {
        const string Branch = "ref: ";
        var head = File.ReadAllText(Path.Combine(Folder, ".git", "HEAD")).Trim();
        return head.StartsWith(Branch, StringComparison.Ordinal)
            ? File.ReadAllText(Path.Combine(Folder, ".git", head[Branch.Length..])).Trim()
            : head;
    }

    /// <summary>Runs git in it, as nobody's settings would have it; each run a minute later than the one before.</summary>
    public string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_AUTHOR_NAME"] = start.Environment["GIT_COMMITTER_NAME"] = "Ann";
        start.Environment["GIT_AUTHOR_EMAIL"] = start.Environment["GIT_COMMITTER_EMAIL"] = "ann@acme.example";
        start.Environment["GIT_AUTHOR_DATE"] = start.Environment["GIT_COMMITTER_DATE"] =
            $"2026-03-02T{9 + (_minutes / 60):00}:{_minutes++ % 60:00}:00Z";
        using var git = Process.Start(start)!;
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, errors.GetAwaiter().GetResult());
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Git makes its objects read-only, which keeps nobody from deleting them here.
        _folder.Delete(recursive: true);
    }
}
