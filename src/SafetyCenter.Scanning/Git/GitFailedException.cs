namespace SafetyCenter.Scanning.Git;

/// <summary>The git program is missing, or could not do what it was asked; the message is a sentence for people.</summary>
public sealed class GitFailedException(string message) : Exception(message);
