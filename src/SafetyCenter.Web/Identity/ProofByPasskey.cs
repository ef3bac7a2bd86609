namespace SafetyCenter.Web.Identity;

/// <summary>Judges a proof by passkey, where this installation has passkeys.</summary>
/// <param name="context">The request.</param>
/// <param name="login">Who must have signed.</param>
/// <param name="credential">What the browser sent, as JSON.</param>
/// <returns>Whether it is a passkey of exactly that login, and signs exactly this challenge.</returns>
public delegate Task<bool> ProofByPasskey(HttpContext context, Login login, string credential);
