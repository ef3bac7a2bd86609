using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SafetyCenter.Scanning.Git;

/// <summary>One run of the git program, on a repository that nobody vouches for.</summary>
/// <remarks>
/// A repository's own settings may name programs (hooks, monitors, helpers, transports). Only plumbing is run, which asks for
/// few of them, and those are turned off; a partial clone must not fetch what it lacks. Variables that git has set
/// for a hook point to another repository, and are taken away. Arguments are a list: no shell reads them.
/// </remarks>
internal sealed class GitProcess : IDisposable
{
    private const int LongestComplaint = 2000;

    private static readonly string[] Hardening =
    [
        "--no-pager",
        "--no-replace-objects",
        "-c", "core.fsmonitor=false",
        "-c", "core.hooksPath=/dev/null",
        "-c", "protocol.ext.allow=never",
        "-c", "safe.directory=*",

        // What is bigger is streamed by git, too, where it is not stored as a difference.
        "-c", "core.bigFileThreshold=16m",
    ];

    private readonly Process _process;
    private readonly Task<string> _complaint;

    private GitProcess(Process process)
    {
        _process = process;
        _complaint = BeginOfAsync(process.StandardError);
    }

    /// <summary>What it reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What it prints.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Starts git in a folder.</summary>
    /// <exception cref="GitFailedException">There is no git program.</exception>
    public static GitProcess Start(
        GitFolder folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? variables = null)
    {
        var start = new ProcessStartInfo("git", [.. Hardening, .. folder.Arguments, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ASKPASS"] = "";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_NO_LAZY_FETCH"] = "1";
        start.Environment["GIT_ALLOW_PROTOCOL"] = "none";
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>())
        {
            start.Environment.Remove(name);
            if (value is not null)
            {
                start.Environment[name] = value;
            }
        }

        try
        {
            return new GitProcess(Process.Start(start)!);
        }
        catch (Win32Exception)
        {
            throw new GitFailedException("The git program is needed for this, and was not found. Install git 2.30 or newer.");
        }
    }

    /// <summary>Waits until it has ended, and says whether all went well.</summary>
    public bool Succeeded()
    {
        _process.WaitForExit();
        return _process.ExitCode == 0;
    }

    /// <summary>Waits until it has ended, and all that it printed is thrown away.</summary>
    public async Task EndedAsync(CancellationToken cancellationToken)
    {
        await Output.CopyToAsync(Stream.Null, cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>What it complained about, as far as it fits in a sentence.</summary>
    public string Complaint()
    {
        const string Fatal = "fatal: ";
        var lines = _complaint.GetAwaiter().GetResult()
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var line = lines.FirstOrDefault(line => line.StartsWith(Fatal, StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "";
        return Printable(line.StartsWith(Fatal, StringComparison.Ordinal) ? line[Fatal.Length..] : line);
    }

    // It may quote a server or a repository, and neither is to write to a terminal or turn the words of a page around.
    private static string Printable(string text) => string.Concat(text.Select(character =>
        char.IsControl(character) || char.GetUnicodeCategory(character) == UnicodeCategory.Format ? '\uFFFD' : character));

    /// <summary>Ends it now, and whatever it started.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It had ended by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static async Task<string> BeginOfAsync(StreamReader errors)
    {
        var kept = new StringBuilder();
        var buffer = new char[1024];
        while (await errors.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var length)
        {
            kept.Append(buffer, 0, Math.Min(length, LongestComplaint - kept.Length));
        }

        return kept.ToString();
    }
}
