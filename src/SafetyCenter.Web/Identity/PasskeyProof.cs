namespace SafetyCenter.Web.Identity;

/// <summary>Proves anew who somebody is who has signed in already, with a passkey instead of the password.</summary>
public static class PasskeyProof
{
    /// <summary>Whether a passkey of exactly this login was used just now, in this browser.</summary>
    /// <param name="context">The request that brings it.</param>
    /// <param name="login">Who is asked.</param>
    /// <param name="credentialJson">What the browser answered.</param>
    public static async Task<bool> VerifyAsync(HttpContext context, Login login, string? credentialJson) =>
        await context.RequestServices.GetRequiredService<Passkeys>().ProveAsync(credentialJson) is { } prover
        && prover.Id == login.Id;
}
