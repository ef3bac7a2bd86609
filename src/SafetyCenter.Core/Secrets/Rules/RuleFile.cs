namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>What teaches somebody else's scanner to find the secrets of this installation.</summary>
/// <param name="Tool">The scanner, in one word of lower-case letters.</param>
/// <param name="Title">The scanner as its makers write it.</param>
/// <param name="Name">The file, as it should be kept.</param>
/// <param name="About">What it is good for, in a sentence or two.</param>
/// <param name="Text">What stands in it.</param>
public sealed record RuleFile(string Tool, string Title, string Name, string About, string Text);
