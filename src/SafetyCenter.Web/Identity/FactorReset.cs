using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>Helps somebody who lost phone and recovery codes, once the operator has made sure that it is them.</summary>
public sealed class FactorReset(
    SafetyCenterDb db, UserManager<Login> logins, LoginStore store, FactorEmails emails, Sessions sessions)
{
    /// <summary>What was there, and is not any more.</summary>
    /// <param name="Email">Whose it was.</param>
    /// <param name="HadAuthenticator">Whether they had an authenticator app.</param>
    /// <param name="Passkeys">How many passkeys they had.</param>
    /// <param name="Sessions">In how many browsers they were signed in.</param>
    public sealed record Result(string Email, bool HadAuthenticator, int Passkeys, int Sessions);

    /// <summary>Leaves them with their password alone, and signed in nowhere.</summary>
    /// <returns>Null when nobody signs in with that address.</returns>
    public async Task<Result?> ResetAsync(string email, CancellationToken cancellationToken)
    {
        if (await logins.FindByEmailAsync(email.Trim()) is not { } login)
        {
            return null;
        }

        var hadAuthenticator = login.TwoFactorEnabled;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var passkeys = await db.UserPasskeys.Where(passkey => passkey.UserId == login.Id).ExecuteDeleteAsync(cancellationToken);
        var ended = await sessions.EndAllAsync(login.Id, except: null, cancellationToken);
        await store.ForgetAuthenticatorAsync(login, cancellationToken);
        login.LastCodeStep = null;
        emails.AddChanged(
            login, "Authenticator app and passkeys were removed, and you were signed out everywhere. The password stays.");
        (await logins.SetTwoFactorEnabledAsync(login, false)).Demand();
        await transaction.CommitAsync(cancellationToken);
        return new Result(login.Email!, hadAuthenticator, passkeys, ended);
    }
}
