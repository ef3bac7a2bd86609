using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SafetyCenter.Scanning.Git;

/// <summary>A copy of a repository elsewhere: its branches and tags, without a work tree.</summary>
public sealed class GitMirror(string folder)
{
    // The first that can be told which address to connect to (http.curloptResolve).
    private static readonly Version Oldest = new(2, 37);

    private static readonly TimeSpan BetweenMeasurements = TimeSpan.FromSeconds(1);

    private static readonly string[] BranchesAndTags = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

    // A proxy would choose the address itself.
    private static readonly string[] ProxyVariables = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

    /// <summary>What it holds.</summary>
    public GitHistory History => GitHistory.Open(folder);

    /// <summary>Brings it up to date: fetches what is new, and forgets branches that are gone.</summary>
    /// <exception cref="GitFailedException">It could not be fetched, or is more than the limits allow.</exception>
    public async Task FetchAsync(GitRemote remote, GitLimits limits, CancellationToken cancellationToken)
    {
        GitHistory.Demand(Oldest);
        Directory.CreateDirectory(folder);
        if (!File.Exists(Path.Combine(folder, "HEAD")))
        {
            await RunAsync(["init", "--quiet", "--bare", "--template="], [], limits, cancellationToken);
        }

        ClearUp();
        try
        {
            await FetchAsync(remote, limits, $"--depth={limits.Commits}", cancellationToken);
        }
        catch (GitFailedException refused) when (refused.Message.Contains("shallow", StringComparison.Ordinal))
        {
            // A server that only hands out files cannot count commits; size and time are limited all the same.
            await FetchAsync(remote, limits, "--no-auto-maintenance", cancellationToken);
        }
        finally
        {
            if (Size() > limits.Bytes)
            {
                Delete();
            }
        }
    }

    /// <summary>Deletes it.</summary>
    public void Delete()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task FetchAsync(GitRemote remote, GitLimits limits, string option, CancellationToken cancellationToken) => RunAsync(
        [
            "fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", option,
            "--", remote.Address.AbsoluteUri, .. BranchesAndTags,
        ],
        Settings(remote),
        limits,
        cancellationToken);

    private async Task RunAsync(
        string[] arguments, List<(string Key, string Value)> settings, GitLimits limits, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(limits.Time);
        using var git = GitProcess.Start(folder, arguments, Variables(settings));
        git.Input.Close();
        var ended = git.EndedAsync(stop.Token);
        while (await Task.WhenAny(ended, Task.Delay(BetweenMeasurements, CancellationToken.None)) != ended)
        {
            DemandSize(limits);
        }

        try
        {
            await ended;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GitFailedException($"It took longer than {limits.Time.TotalMinutes:0.##} minutes, and was stopped.");
        }

        if (!git.Succeeded())
        {
            throw new GitFailedException(Sentence(git.Complaint()));
        }

        DemandSize(limits);
    }

    private static string Sentence(string complaint)
    {
        return Says("could not read Username") || Says("Authentication failed") || Says("error: 403")
            ? "The server wants a user name and a token, or does not take these."
            : Says("not found") ? "There is no repository at this address, or it is private."
            : $"Git could not fetch it: {complaint.TrimEnd('.')}.";

        bool Says(string words) => complaint.Contains(words, StringComparison.Ordinal);
    }

    private static List<(string Key, string Value)> Settings(GitRemote remote)
    {
        var address = remote.Address;
        List<(string Key, string Value)> settings =
        [
            ("http.followRedirects", "false"),
            ("http.proxy", ""),
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", "60"),
            ("credential.helper", ""),
            ("fetch.unpackLimit", "1"),
            ("gc.autoDetach", "false"),
        ];
        if (address.HostNameType == UriHostNameType.Dns)
        {
            settings.Add(("http.curloptResolve", string.Create(
                CultureInfo.InvariantCulture,
                $"{address.IdnHost}:{address.Port}:{string.Join(',', remote.ConnectTo.Select(Written))}")));
        }

        if (remote.Token is { } token)
        {
            var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{remote.UserName}:{token}"));
            settings.Add(($"http.{address.GetLeftPart(UriPartial.Authority)}/.extraHeader", $"Authorization: Basic {pair}"));
        }

        return settings;
    }

    private static string Written(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private Dictionary<string, string?> Variables(List<(string Key, string Value)> settings)
    {
        var variables = new Dictionary<string, string?>
        {
            ["GIT_ALLOW_PROTOCOL"] = "https:http",
            ["GIT_CONFIG_COUNT"] = settings.Count.ToString(CultureInfo.InvariantCulture),

            // Where curl would look for passwords.
            ["HOME"] = folder,
        };
        foreach (var (index, (key, value)) in settings.Index())
        {
            variables[$"GIT_CONFIG_KEY_{index}"] = key;
            variables[$"GIT_CONFIG_VALUE_{index}"] = value;
        }

        foreach (var name in ProxyVariables)
        {
            variables[name] = variables[name.ToUpperInvariant()] = null;
        }

        return variables;
    }

    private void DemandSize(GitLimits limits)
    {
        if (Size() > limits.Bytes)
        {
            throw new GitFailedException($"It is larger than {limits.Bytes / (1024 * 1024)} MB, and was left alone.");
        }
    }

    private long Size() => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(SizeOf);

    // What a fetch that was stopped had received until then.
    private void ClearUp()
    {
        var packs = new DirectoryInfo(Path.Combine(folder, "objects", "pack"));
        foreach (var file in packs.Exists ? packs.EnumerateFiles("tmp_*") : [])
        {
            file.Delete();
        }
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Git has moved it meanwhile.
            return 0;
        }
    }
}
