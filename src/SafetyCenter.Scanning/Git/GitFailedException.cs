namespace SafetyCenter.Scanning.Git;

/// <summary>The git program is missing, or could not do what it was asked; the message is a sentence for people.</summary>
public class GitFailedException(string message) : Exception(message);

/// <summary>A copy of ours is damaged, and is of use again only when it has been fetched whole.</summary>
public sealed class GitDamagedException(string message) : GitFailedException(message);
