namespace SafetyCenter.Cli;

/// <summary>What a command reads from and writes to, and where it is.</summary>
internal sealed record Terminal(Stream Input, TextWriter Output, TextWriter Error)
{
    /// <summary>Whether a person looks at what is said beside the answer.</summary>
    public bool IsWatched { get; init; }

    /// <summary>The folder that paths start from.</summary>
    public string WorkingFolder { get; init; } = Environment.CurrentDirectory;

    /// <summary>The variables of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>How long a server may take for an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Lets a while pass.</summary>
    public Action<TimeSpan> Wait { get; init; } = wait => Task.Delay(wait).GetAwaiter().GetResult();
}
