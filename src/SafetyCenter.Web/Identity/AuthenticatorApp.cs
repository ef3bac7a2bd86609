using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>What somebody proved after their password.</summary>
/// <param name="WithRecoveryCode">Whether it was a recovery code, which is good once.</param>
/// <param name="CodesLeft">How many of those they have left.</param>
public sealed record FactorProof(bool WithRecoveryCode, int CodesLeft);

/// <summary>The authenticator app of somebody, and the recovery codes for the day it is lost.</summary>
public sealed class AuthenticatorApp(
    SafetyCenterDb db,
    UserManager<Login> logins,
    LoginStore store,
    Lockout lockout,
    FactorEmails emails,
    CurrentSession session,
    IDataProtectionProvider protection,
    TimeProvider time)
{
    /// <summary>A key on its way to an app: it is kept nowhere until a code proves that it has arrived.</summary>
    public string Offer(Login login, AuthenticatorKey key) => ProtectorOf(login).Protect(key.Text);

    /// <summary>The key in such an offer; null when it is none of ours for this login.</summary>
    public AuthenticatorKey? ReadOffer(Login login, string? offer)
    {
        try
        {
            return string.IsNullOrEmpty(offer) ? null : new AuthenticatorKey(ProtectorOf(login).Unprotect(offer));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>How many recovery codes somebody has left.</summary>
    public Task<int> CountCodesAsync(Login login) => logins.CountRecoveryCodesAsync(login);

    /// <summary>From now on the app is asked for. This session has proved it.</summary>
    /// <returns>The recovery codes, which can be seen this once.</returns>
    /// <exception cref="RefusedException">There is an app already, or this is not its code.</exception>
    public async Task<IReadOnlyList<string>> TurnOnAsync(
        Login login, AuthenticatorKey? offered, string? code, CancellationToken cancellationToken)
    {
        if (login.TwoFactorEnabled)
        {
            throw RefusedException.Conflict("You have an authenticator app already. Turn it off before you add another one.");
        }

        var now = time.GetUtcNow();
        var step = offered is null ? null : OneTimeCode.StepOf(offered, Typed(code), lastStep: null, now);
        if (step is null)
        {
            throw RefusedException.Invalid(
                "This is not the code that the app shows now. Type the newest one; if it is refused again, look whether the "
                + "clock of the phone is right.",
                "code");
        }

        await store.SetAuthenticatorKeyAsync(login, offered!.Text, cancellationToken);
        login.LastCodeStep = step;
        session.ProveWithSecondFactor(db, now);
        var codes = await ReplaceCodesAsync(login, cancellationToken);
        emails.AddChanged(login, "An authenticator app was added.");
        (await logins.SetTwoFactorEnabledAsync(login, true)).Demand();
        return codes;
    }

    /// <summary>The app is not asked for any more, and its key and the recovery codes are forgotten.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public async Task TurnOffAsync(Login login, CancellationToken cancellationToken)
    {
        DemandOn(login);
        await store.ForgetAuthenticatorAsync(login, cancellationToken);
        login.LastCodeStep = null;
        emails.AddChanged(login, "The authenticator app was turned off. The password alone lets you in now.");
        (await logins.SetTwoFactorEnabledAsync(login, false)).Demand();
    }

    /// <summary>New recovery codes; the old ones are no good any more.</summary>
    /// <exception cref="RefusedException">There is no app.</exception>
    public async Task<IReadOnlyList<string>> MakeNewCodesAsync(Login login, CancellationToken cancellationToken)
    {
        DemandOn(login);
        var codes = await ReplaceCodesAsync(login, cancellationToken);
        emails.AddChanged(login, "New recovery codes were made. The old ones are no good any more.");
        (await logins.UpdateAsync(login)).Demand();
        return codes;
    }

    /// <summary>
    /// Takes a code of the app, or a recovery code. Each is good once. Wrong ones count as wrong passwords do, and lock
    /// the login as those do.
    /// </summary>
    /// <returns>Null when it was refused.</returns>
    public async Task<FactorProof?> ProveAsync(Login login, string? code, CancellationToken cancellationToken)
    {
        if (!login.TwoFactorEnabled || !await lockout.TakeTryAsync(login.Id, cancellationToken))
        {
            return null;
        }

        var typed = Typed(code);
        var isOfApp = typed.Length == OneTimeCode.Digits && typed.All(char.IsAsciiDigit);
        var isGood = isOfApp ? await TakeCodeAsync(login, typed) : await TakeRecoveryCodeAsync(login, typed, cancellationToken);

        // Of two requests with one code the second finds the login changed, and its code used.
        if (!isGood || !(await logins.UpdateAsync(login)).Succeeded)
        {
            return null;
        }

        await lockout.ClearAsync(login.Id, cancellationToken);
        return new FactorProof(!isOfApp, await CountCodesAsync(login));
    }

    private static void DemandOn(Login login)
    {
        if (!login.TwoFactorEnabled)
        {
            throw RefusedException.Conflict("You have no authenticator app.");
        }
    }

    private static string Typed(string? code) => string.Concat((code ?? "").Where(c => !char.IsWhiteSpace(c)));

    private async Task<bool> TakeCodeAsync(Login login, string code)
    {
        if (await logins.GetAuthenticatorKeyAsync(login) is not { } key
            || OneTimeCode.StepOf(new AuthenticatorKey(key), code, login.LastCodeStep, time.GetUtcNow()) is not { } step)
        {
            return false;
        }

        login.LastCodeStep = step;
        return true;
    }

    private async Task<bool> TakeRecoveryCodeAsync(Login login, string code, CancellationToken cancellationToken)
    {
        if (!await store.RedeemCodeAsync(login, code, cancellationToken))
        {
            return false;
        }

        var left = await store.CountCodesAsync(login, cancellationToken);
        emails.AddChanged(login, $"Somebody signed in with your password and a recovery code. {left} of them are left.");
        return true;
    }

    private async Task<IReadOnlyList<string>> ReplaceCodesAsync(Login login, CancellationToken cancellationToken)
    {
        string[] codes = [.. Enumerable.Range(0, RecoveryCode.Count).Select(_ => RecoveryCode.New())];
        await store.ReplaceCodesAsync(login, codes, cancellationToken);
        return codes;
    }

    private IDataProtector ProtectorOf(Login login) =>
        protection.CreateProtector("authenticator-offer", login.Id.ToString());
}
