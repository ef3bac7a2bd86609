namespace SafetyCenter.Core.Alerts;

/// <summary>What to do when a key was exposed: the five steps of seed 004, in its order.</summary>
public static class LeakSteps
{
    /// <summary>One step.</summary>
    /// <param name="Title">A few words.</param>
    /// <param name="Words">The whole of it.</param>
    public sealed record Step(string Title, string Words);

    /// <summary>The steps.</summary>
    public static IReadOnlyList<Step> All { get; } =
    [
        new("Revoke the key", "Revoke the affected key. If you do not know what uses it, do the other steps first."),
        new(
            "Remove the code",
            "Remove the key from every public file: publish the cleaned file, and remove the key from the history."),
        new("Create a new key", "Create a new key."),
        new("Update your services", "Give the new key to the services that used the old one."),
        new(
            "Review the account",
            "Review the account for access nobody approved: users that were added, new resources, changed roles."),
    ];
}
