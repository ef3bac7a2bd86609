using System.Diagnostics;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>
/// The account that owns the cluster's files and runs its server. PostgreSQL refuses to run as root, so root steps down to
/// <c>postgres</c> or <c>nobody</c>; anybody else stays who they are.
/// </summary>
internal sealed class ServerAccount
{
    private readonly string[] _stepDown;

    private ServerAccount(string? name, string[] stepDown) => (Name, _stepDown) = (name, stepDown);

    /// <summary>The account root steps down to, or null when the server runs as the user we are.</summary>
    public string? Name { get; }

    /// <exception cref="InvalidOperationException">We are root and there is no way to become somebody else.</exception>
    public static ServerAccount OfThisProcess()
    {
        if (!Environment.IsPrivilegedProcess) return new(null, []);

        // initdb asks the password file for the name of its account, so a bare number would not do.
        var accounts = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).ToLookup(fields => fields[0]);
        var account = accounts["postgres"].Concat(accounts["nobody"]).FirstOrDefault(fields => fields.Length > 3)
            ?? throw new InvalidOperationException(
                "PostgreSQL cannot run as root, and this machine has no account named postgres or nobody. "
                + "Run SafetyCenter as an ordinary user, or set ConnectionStrings__SafetyCenter.");

        foreach (var folder in new[] { "/usr/bin", "/bin", "/usr/sbin", "/sbin" })
        {
            var setpriv = Path.Combine(folder, "setpriv");
            if (File.Exists(setpriv))
            {
                return new(account[0], [setpriv, $"--reuid={account[2]}", $"--regid={account[3]}", "--clear-groups", "--"]);
            }
        }

        foreach (var folder in new[] { "/usr/sbin", "/sbin", "/usr/bin", "/bin" })
        {
            var runuser = Path.Combine(folder, "runuser");
            if (File.Exists(runuser)) return new(account[0], [runuser, "-u", account[0], "--"]);
        }

        throw new InvalidOperationException(
            "PostgreSQL cannot run as root, and neither setpriv nor runuser (Debian package util-linux) is here. "
            + "Run SafetyCenter as an ordinary user, or set ConnectionStrings__SafetyCenter.");
    }

    /// <summary>
    /// A process of this account, in the root folder: the account may not be allowed into the folder we stand in, and
    /// PostgreSQL's programs refuse to start where they cannot tell where they are.
    /// </summary>
    public ProcessStartInfo Command(params IEnumerable<string> command)
    {
        string[] all = [.. _stepDown, .. command];
        return new ProcessStartInfo(all[0], all[1..])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    /// <summary>Runs a command as this account and answers what it printed.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; the message has its words.</exception>
    public async Task<string> RunAsync(IEnumerable<string> command, string input, CancellationToken cancellation)
    {
        var start = Command(command);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0
                ? (await output).TrimEnd('\n')
                : throw new InvalidOperationException(
                    $"{(await error).Trim()} {(await output).Trim()} ({start.FileName} ended with {process.ExitCode})");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs a few lines of sh as this account; the arguments are $1, $2...</summary>
    public Task<string> RunScriptAsync(string script, IEnumerable<string> arguments, CancellationToken cancellation) =>
        RunAsync(["/bin/sh", "-c", script, "sh", .. arguments], input: "", cancellation);

    /// <summary>As <see cref="RunScriptAsync"/>, when the answer is yes or no.</summary>
    public async Task<bool> AgreesAsync(string test, IEnumerable<string> arguments, CancellationToken cancellation) =>
        await RunScriptAsync($"if {test}; then echo yes; else echo no; fi", arguments, cancellation) == "yes";
}
