using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// Keeps logins as Identity does, but for what Identity would keep in the clear: the key of an authenticator app is
/// protected, as we must know it to check a code, and of recovery codes there is only the hash.
/// </summary>
public sealed class LoginStore(SafetyCenterDb db, IDataProtectionProvider protection, IdentityErrorDescriber describer)
    : UserOnlyStore<Login, SafetyCenterDb, Guid>(db, describer)
{
    // The names under which Identity's own store keeps them.
    private const string Provider = "[AspNetUserStore]";
    private const string KeyName = "AuthenticatorKey";
    private const string CodesName = "RecoveryCodes";
    private const char Separator = ';';

    /// <inheritdoc />
    public override Task SetAuthenticatorKeyAsync(Login user, string key, CancellationToken cancellationToken) =>
        base.SetAuthenticatorKeyAsync(user, ProtectorOf(user).Protect(key), cancellationToken);

    /// <inheritdoc />
    public override async Task<string?> GetAuthenticatorKeyAsync(Login user, CancellationToken cancellationToken)
    {
        try
        {
            return await base.GetAuthenticatorKeyAsync(user, cancellationToken) is { } kept
                ? ProtectorOf(user).Unprotect(kept)
                : null;
        }
        catch (CryptographicException)
        {
            // Moved here from another login, or protected by a key that is gone. No code is good then; recovery codes are.
            return null;
        }
    }

    /// <inheritdoc />
    public override Task ReplaceCodesAsync(
        Login user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken) =>
        base.ReplaceCodesAsync(user, recoveryCodes.Select(RecoveryCode.HashOf), cancellationToken);

    /// <inheritdoc />
    public override async Task<bool> RedeemCodeAsync(Login user, string code, CancellationToken cancellationToken)
    {
        var kept = (await GetTokenAsync(user, Provider, CodesName, cancellationToken) ?? "").Split(Separator).ToList();

        // How long comparing hashes takes tells of the hash, and nobody gets from there to the code.
        if (!kept.Remove(RecoveryCode.HashOf(code)))
        {
            return false;
        }

        await SetTokenAsync(user, Provider, CodesName, string.Join(Separator, kept), cancellationToken);
        return true;
    }

    /// <summary>Forgets key and recovery codes.</summary>
    public async Task ForgetAuthenticatorAsync(Login user, CancellationToken cancellationToken)
    {
        await RemoveTokenAsync(user, Provider, KeyName, cancellationToken);
        await RemoveTokenAsync(user, Provider, CodesName, cancellationToken);
    }

    private IDataProtector ProtectorOf(Login user) => protection.CreateProtector("authenticator-key", user.Id.ToString());
}
