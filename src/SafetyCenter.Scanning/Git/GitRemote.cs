using System.Net;

namespace SafetyCenter.Scanning.Git;

/// <summary>A repository elsewhere. Its token is told to git in a variable, and stands in no argument, address or file.</summary>
/// <param name="Address">Where it is, over https or http, without user or password.</param>
/// <param name="ConnectTo">The addresses that somebody has checked; git connects to these and to no other.</param>
/// <param name="UserName">Who asks for it, when it is private.</param>
/// <param name="Token">Their token or password.</param>
public sealed record GitRemote(Uri Address, IReadOnlyList<IPAddress> ConnectTo, string? UserName, string? Token)
{
    /// <summary>Where it is; a record would print the token, too.</summary>
    public override string ToString() => Address.AbsoluteUri;
}

/// <summary>How much of a repository is fetched at most.</summary>
/// <param name="Commits">So many commits back from each branch and tag.</param>
/// <param name="Bytes">As much room on the disk.</param>
/// <param name="Time">As long.</param>
/// <param name="Heads">So many commits and tags may its branches and tags point to.</param>
public sealed record GitLimits(int Commits, long Bytes, TimeSpan Time, int Heads);
