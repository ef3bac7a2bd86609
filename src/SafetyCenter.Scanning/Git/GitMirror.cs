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

    private const long BlockSize = 4096;

    private static readonly string[] BranchesAndTags = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

    // A proxy would choose the address itself.
    private static readonly string[] ProxyVariables = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

    private readonly GitFolder _git = new(folder, IsRepository: true);

    /// <summary>Whether there is one, sound or not.</summary>
    public bool Exists => File.Exists(Path.Combine(folder, "HEAD"));

    /// <summary>What it holds.</summary>
    /// <exception cref="GitFailedException">It cannot be read.</exception>
    public GitHistory History() => GitHistory.Open(_git);

    /// <summary>Brings it up to date: fetches what is new, and forgets branches that are gone.</summary>
    /// <exception cref="GitFailedException">It could not be fetched, or is more than the limits allow.</exception>
    /// <exception cref="GitDamagedException">What was fetched before cannot be built upon.</exception>
    public async Task FetchAsync(GitRemote remote, GitLimits limits, CancellationToken cancellationToken)
    {
        GitHistory.Demand(Oldest);
        Directory.CreateDirectory(folder);
        string[] init = ["init", "--quiet", "--bare", "--template="];
        if (!Exists && await ComplaintAsync(init, [], limits, cancellationToken) is { } why)
        {
            throw new GitFailedException($"Git could not make room for it: {why.TrimEnd('.')}.");
        }

        ClearUp();
        try
        {
            var complaint = await FetchAsync(remote, limits, $"--depth={limits.Commits}", cancellationToken);
            if (complaint is "" || complaint?.Contains("shallow", StringComparison.Ordinal) == true)
            {
                // A server that only hands out files cannot count commits, and where there are none, git fails without a word.
                // Size and time are limited all the same.
                complaint = await FetchAsync(remote, limits, "--no-auto-maintenance", cancellationToken);
            }

            if (complaint is not null)
            {
                throw GitComplaint.IsOfServer(complaint) || await IsSoundAsync(limits, cancellationToken)
                    ? new GitFailedException(GitComplaint.Sentence(complaint))
                    : new GitDamagedException(GitComplaint.Sentence(complaint));
            }
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

    private Task<string?> FetchAsync(
        GitRemote remote, GitLimits limits, string option, CancellationToken cancellationToken) => ComplaintAsync(
        [
            "fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", option,
            "--", remote.Address.AbsoluteUri, .. BranchesAndTags,
        ],
        Settings(remote),
        limits,
        cancellationToken);

    // Whether everything is there that branches and tags lead to.
    private async Task<bool> IsSoundAsync(GitLimits limits, CancellationToken cancellationToken) =>
        await ComplaintAsync(
            ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"], [], limits, cancellationToken) is null;

    /// <summary>Runs git; null when all went well.</summary>
    private async Task<string?> ComplaintAsync(
        string[] arguments, List<(string Key, string Value)> settings, GitLimits limits, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(limits.Time);
        using var git = GitProcess.Start(_git, arguments, Variables(settings));
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
            return git.Complaint();
        }

        DemandSize(limits);
        return null;
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
            ("transfer.bundleURI", "false"),
            ("fetch.unpackLimit", "1"),
            ("gc.autoDetach", "false"),

            // Also when its own settings are lost.
            ("core.bare", "true"),
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

    // What a fetch that was stopped had received until then, and what it had closed to others: there are none.
    private void ClearUp()
    {
        var objects = Directory.CreateDirectory(Path.Combine(folder, "objects"));
        foreach (var file in objects.EnumerateFiles("tmp_*", SearchOption.AllDirectories)
            .Concat(new DirectoryInfo(folder).EnumerateFiles("*.lock", SearchOption.AllDirectories))
            .ToList())
        {
            file.Delete();
        }
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            // A disk gives whole blocks, which counts where there are very many branches.
            return (file.Length + BlockSize - 1) / BlockSize * BlockSize;
        }
        catch (FileNotFoundException)
        {
            // Git has moved it meanwhile.
            return 0;
        }
    }
}
