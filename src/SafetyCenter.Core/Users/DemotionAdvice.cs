namespace SafetyCenter.Core.Users;

/// <summary>What an admin did lately that only admins may do.</summary>
/// <param name="What">For people: "API key created".</param>
/// <param name="Count">How often.</param>
/// <param name="LastAt">When last.</param>
public sealed record AdminDeed(string What, int Count, DateTimeOffset LastAt);

/// <summary>
/// Where there are too many admins: who needs it least, and why. It looks at what they did that only admins may do, and at when
/// they were last here; it proposes, and people decide.
/// </summary>
public sealed class DemotionAdvice
{
    /// <summary>How far back it looks.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromDays(90);

    /// <summary>Fewer than two are a danger of their own: one can be away, or locked out.</summary>
    public const int AdminsMin = 2;

    private DemotionAdvice(User admin, IReadOnlyList<AdminDeed> deeds, bool isSelf, DateTimeOffset now)
    {
        Admin = admin;
        Deeds = [.. deeds.OrderByDescending(deed => deed.Count).ThenBy(deed => deed.What, StringComparer.Ordinal)];
        IsSelf = isSelf;
        Reason = $"{WhatTheyDid()}; {WhenTheyWereHere(now)}.";
    }

    /// <summary>The admin.</summary>
    public User Admin { get; }

    /// <summary>What they did in the span, most frequent first.</summary>
    public IReadOnlyList<AdminDeed> Deeds { get; }

    /// <summary>Whether it is who asks.</summary>
    public bool IsSelf { get; }

    /// <summary>Why they stand where they stand in the list.</summary>
    public string Reason { get; }

    /// <summary>Whether they are among those to demote first.</summary>
    public bool IsProposed { get; private init; }

    /// <summary>How many admins there are above what the organization allows itself, leaving at least one.</summary>
    /// <param name="admins">How many there are.</param>
    /// <param name="people">How many active people.</param>
    /// <param name="percent">The share that is allowed.</param>
    public static int Surplus(int admins, int people, int percent) => Math.Max(0, admins - Math.Max(1, people * percent / 100));

    /// <summary>
    /// All admins, who needs it least first: fewest deeds, then longest away. Who asks comes last, and is never proposed.
    /// </summary>
    /// <param name="admins">The admins with what each did in the span.</param>
    /// <param name="surplus">How many are too many; see <see cref="Surplus"/>.</param>
    /// <param name="asks">Who asks.</param>
    /// <param name="now">The present.</param>
    public static IReadOnlyList<DemotionAdvice> For(
        IEnumerable<(User Admin, IReadOnlyList<AdminDeed> Deeds)> admins, int surplus, Id<User> asks, DateTimeOffset now) =>
    [
        .. admins
            .OrderBy(row => row.Admin.Id == asks)
            .ThenBy(row => row.Deeds.Sum(deed => deed.Count))
            .ThenBy(row => row.Admin.LastSignInAt ?? DateTimeOffset.MinValue)
            .ThenBy(row => row.Admin.Email, StringComparer.Ordinal)
            .Select((row, index) => new DemotionAdvice(row.Admin, row.Deeds, row.Admin.Id == asks, now)
            {
                IsProposed = index < surplus && row.Admin.Id != asks,
            }),
    ];

    private string WhatTheyDid() => Deeds.Count == 0
        ? $"nothing that needs an admin in {Span.TotalDays:0} days"
        : string.Join(", ", Deeds.Take(3).Select(deed => $"{deed.What} {deed.Count}×"))
            + (Deeds.Count > 3 ? $" and {Deeds.Skip(3).Sum(deed => deed.Count)} more" : "");

    private string WhenTheyWereHere(DateTimeOffset now) => Admin.LastSignInAt is { } at
        ? $"last signed in {Moment.Relative(at, now)}"
        : "has never signed in";
}
