using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Alerts;

/// <summary>The kinds of credentials that have a rule of their own.</summary>
public enum LeakedKind
{
    /// <summary>API keys.</summary>
    ApiKeys,

    /// <summary>Application keys.</summary>
    ApplicationKeys,

    /// <summary>Personal and service access tokens.</summary>
    AccessTokens,

    /// <summary>Secrets of OAuth apps, and what such apps were given.</summary>
    OAuthApps,
}

/// <summary>A leak as it went, of a credential that opened something when it was reported.</summary>
/// <param name="Kind">Which rule is about it.</param>
/// <param name="ReportedAt">When it was first reported.</param>
/// <param name="EndedAt">When it ended; null while it has not.</param>
/// <param name="LastUsedAt">When it was last used in the <see cref="DryRun.Watched"/> after the report; null if not.</param>
/// <param name="IsLastKey">Whether the organization had no other API key without an end then.</param>
public sealed record PastLeak(
    LeakedKind Kind, DateTimeOffset ReportedAt, DateTimeOffset? EndedAt, DateTimeOffset? LastUsedAt, bool IsLastKey);

/// <summary>What a rule would have done with the past leaks of one kind.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Leaks">How many leaks there were.</param>
/// <param name="AtOnce">How many credentials it would have revoked with the report.</param>
/// <param name="Later">How many it would have revoked when its time was over.</param>
/// <param name="StillUsed">How many of both were used after that moment: something would have broken.</param>
/// <param name="Refused">How many it could not have revoked, each the last API key then.</param>
/// <param name="EndedBefore">How many had ended before the rule's moment, by people or by themselves.</param>
/// <param name="Pending">How many it would only revoke in the time to come.</param>
/// <param name="OpenInFact">For how long they stayed active, the median; null without leaks.</param>
/// <param name="OpenByRule">For how long the rule lets them; null when it leaves that to people.</param>
public sealed record DryRun(
    LeakedKind Kind,
    int Leaks,
    int AtOnce,
    int Later,
    int StillUsed,
    int Refused,
    int EndedBefore,
    int Pending,
    TimeSpan? OpenInFact,
    TimeSpan? OpenByRule)
{
    /// <summary>How far back it looks.</summary>
    public static readonly TimeSpan Past = TimeSpan.FromDays(90);

    /// <summary>For how long after a report it looks at calls.</summary>
    public static readonly TimeSpan Watched = TimeSpan.FromDays(7);

    /// <summary>What these rules would have done with these leaks; a line for each kind.</summary>
    public static IReadOnlyList<DryRun> Of(IReadOnlyCollection<PastLeak> leaks, LeakRules rules, DateTimeOffset now) =>
        [.. Enum.GetValues<LeakedKind>().Select(kind => Of(kind, [.. leaks.Where(leak => leak.Kind == kind)], rules, now))];

    private static DryRun Of(LeakedKind kind, IReadOnlyList<PastLeak> leaks, LeakRules rules, DateTimeOffset now)
    {
        var response = rules.For(kind);
        var isAtOnce = response.Action == LeakAction.Revoke;
        var moments = leaks.Select(leak => (Leak: leak, At: response.RevokesAt(leak.ReportedAt)))
            .Where(pair => pair.At is not null)
            .Select(pair => (pair.Leak, At: pair.At!.Value))
            .ToList();
        var before = moments.Where(pair => pair.Leak.EndedAt < pair.At).ToList();
        var come = moments.Except(before).Where(pair => pair.At <= now).ToList();
        var revoked = come.Where(pair => !pair.Leak.IsLastKey).ToList();
        return new DryRun(
            kind,
            leaks.Count,
            isAtOnce ? revoked.Count : 0,
            isAtOnce ? 0 : revoked.Count,
            revoked.Count(pair => pair.Leak.LastUsedAt > pair.At),
            come.Count - revoked.Count,
            before.Count,
            moments.Count - before.Count - come.Count,
            Median([.. leaks.Select(leak => (leak.EndedAt ?? now) - leak.ReportedAt).Order()]),
            response.RevokesAt(now) - now);
    }

    private static TimeSpan? Median(IReadOnlyList<TimeSpan> sorted) => sorted.Count == 0
        ? null
        : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}

/// <summary>Rules by the kind that they are about.</summary>
public static class RulesByKind
{
    /// <summary>The rule of one kind.</summary>
    public static LeakResponse For(this LeakRules rules, LeakedKind kind) => kind switch
    {
        LeakedKind.ApiKeys => rules.ApiKeys,
        LeakedKind.ApplicationKeys => rules.ApplicationKeys,
        LeakedKind.AccessTokens => rules.AccessTokens,
        LeakedKind.OAuthApps => rules.OAuthApps,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
