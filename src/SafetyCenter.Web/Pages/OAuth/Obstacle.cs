namespace SafetyCenter.Web.Pages.OAuth;

/// <summary>Why an app cannot be let in, for the person who wanted to.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Words">Who decided it, and what to do.</param>
public sealed record Obstacle(string Title, string Words)
{
    /// <summary>Whether the person can ask an admin for it.</summary>
    public bool CanAsk { get; init; }

    /// <summary>The organization that requires a second factor, by slug, when that is it.</summary>
    public string? RequiresSecondFactor { get; init; }
}
