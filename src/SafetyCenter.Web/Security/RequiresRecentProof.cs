namespace SafetyCenter.Web.Security;

/// <summary>
/// Marks a page handler that is asked for only within ten minutes after whoever asks has proved who they are
/// (<see cref="Identity.Session.FreshFor"/>): one that shows a secret, changes roles, or touches the whole organization.
/// Otherwise they are asked for their password or passkey first, and what they sent is kept meanwhile.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresRecentProofAttribute : Attribute;
