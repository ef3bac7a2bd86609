using SafetyCenter.Scanning.Git;

namespace SafetyCenter.Web.Repositories;

/// <summary>The settings under <c>Leaks:Repositories</c>: what the operator lets organizations watch.</summary>
public sealed class RepositoryOptions
{
    /// <summary>Where they stand in the configuration.</summary>
    public const string Section = "Leaks:Repositories";

    /// <summary>
    /// Whether repositories may lie on this machine and in private networks, and be fetched from there without https. Admins of
    /// every organization can then have us call whatever listens there.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>How many commits back from each branch and tag we look.</summary>
    public int CommitsMax { get; set; } = 100_000;

    /// <summary>How many commits and tags the branches and tags of one may point to.</summary>
    public int HeadsMax { get; set; } = 50_000;

    /// <summary>How much room one may take on our disk.</summary>
    public int MegabytesMax { get; set; } = 2048;

    /// <summary>How long fetching one may take, and looking through it as long again.</summary>
    public int MinutesMax { get; set; } = 10;

    /// <summary>As git is told.</summary>
    internal GitLimits Limits => new(CommitsMax, MegabytesMax * 1024L * 1024L, TimeSpan.FromMinutes(MinutesMax), HeadsMax);

    /// <summary>Why the settings cannot be used, in a sentence for the operator, or null.</summary>
    internal string? Complaint() =>
        CommitsMax < 1 ? $"{Section}:CommitsMax must be at least 1; it is {CommitsMax}."
        : HeadsMax < 1 ? $"{Section}:HeadsMax must be at least 1; it is {HeadsMax}."
        : MegabytesMax < 1 ? $"{Section}:MegabytesMax must be at least 1; it is {MegabytesMax}."
        : MinutesMax is < 1 or > 14
            ? $"{Section}:MinutesMax must be 1 to 14, because a look must end within half an hour; it is {MinutesMax}."
        : null;
}
