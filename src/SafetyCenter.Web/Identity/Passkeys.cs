using Microsoft.AspNetCore.Identity;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// The passkeys of people. A device makes one, keeps its private half, and proves with it later, after a finger or a PIN,
/// who sits before it; so it stands for password and second factor in one.
/// </summary>
public sealed class Passkeys(
    SafetyCenterDb db, SignInManager<Login> signIn, FactorEmails emails, CurrentSession session, TimeProvider time)
{
    /// <summary>How many somebody can have.</summary>
    public const int Max = 20;

    private UserManager<Login> Logins => signIn.UserManager;

    /// <summary>Those of somebody, oldest first.</summary>
    public async Task<IReadOnlyList<UserPasskeyInfo>> OfAsync(Login login) =>
        [.. (await Logins.GetPasskeysAsync(login)).OrderBy(passkey => passkey.CreatedAt)];

    /// <summary>What the browser needs to make one. What can be refused is refused now, before the device has made it.</summary>
    /// <exception cref="RefusedException">It cannot be called so, or there are too many.</exception>
    public async Task<string> BeginAddingAsync(Login login, string? name)
    {
        await NameForOneMoreAsync(login, name);
        return await signIn.MakePasskeyCreationOptionsAsync(
            new PasskeyUserEntity { Id = login.Id.ToString(), Name = login.Email!, DisplayName = login.Email! });
    }

    /// <summary>Keeps what the device made. This session has proved it.</summary>
    /// <exception cref="RefusedException">It is not what we asked for; or as above.</exception>
    public async Task AddAsync(Login login, string? name, string? credential)
    {
        var named = await NameForOneMoreAsync(login, name);
        if (string.IsNullOrEmpty(credential))
        {
            throw RefusedException.Invalid("Press “Add a passkey” once more: only then the device makes one.");
        }

        if (await AttestedAsync(credential) is not { Succeeded: true } made || made.UserEntity.Id != login.Id.ToString())
        {
            throw RefusedException.Invalid(
                "The passkey could not be added: it is not what we asked for, or it took longer than five minutes. Try again.");
        }

        var now = time.GetUtcNow();
        session.ProveWithSecondFactor(db, now);
        emails.AddChanged(login, $"The passkey “{named}” was added.");
        (await Logins.AddOrUpdatePasskeyAsync(login, Kept(made.Passkey, named, now))).Demand();
    }

    /// <summary>Calls one differently.</summary>
    /// <returns>False when somebody has no such passkey.</returns>
    public async Task<bool> RenameAsync(Login login, byte[] id, string? name)
    {
        if (await Logins.GetPasskeyAsync(login, id) is not { } passkey)
        {
            return false;
        }

        passkey.Name = CleanName(name, "newName");
        (await Logins.AddOrUpdatePasskeyAsync(login, passkey)).Demand();
        return true;
    }

    /// <summary>Nobody gets in with it any more.</summary>
    /// <returns>What it was called; null when somebody has no such passkey.</returns>
    public async Task<string?> RemoveAsync(Login login, byte[] id)
    {
        if (await Logins.GetPasskeyAsync(login, id) is not { } passkey)
        {
            return null;
        }

        emails.AddChanged(login, $"The passkey “{passkey.Name}” was removed.");
        (await Logins.RemovePasskeyAsync(login, id)).Demand();
        return passkey.Name;
    }

    /// <summary>What the browser needs to ask for a passkey. It is the same whoever asks: the device knows whose it is.</summary>
    public Task<string> BeginProofAsync() => signIn.MakePasskeyRequestOptionsAsync(user: null);

    /// <summary>Who proved with a passkey who they are; null when nobody did.</summary>
    public async Task<Login?> ProveAsync(string? credential)
    {
        if (string.IsNullOrEmpty(credential))
        {
            return null;
        }

        try
        {
            var proof = await signIn.PerformPasskeyAssertionAsync(credential);

            // The device counts how often it was used, so that a copy of it is found out.
            return proof.Succeeded && (await Logins.AddOrUpdatePasskeyAsync(proof.User, proof.Passkey)).Succeeded
                ? proof.User
                : null;
        }
        catch (InvalidOperationException)
        {
            // This browser was not asked, or too long ago.
            return null;
        }
    }

    private static string CleanName(string? name, string field) => Text.Name(name, "Passkey name", field: field);

    // What the device said when it was made was looked at, and is of no use any more.
    private static UserPasskeyInfo Kept(UserPasskeyInfo made, string name, DateTimeOffset now) => new(
        made.CredentialId,
        made.PublicKey,
        now,
        made.SignCount,
        made.Transports,
        made.IsUserVerified,
        made.IsBackupEligible,
        made.IsBackedUp,
        attestationObject: [],
        clientDataJson: [])
    {
        Name = name,
    };

    private async Task<string> NameForOneMoreAsync(Login login, string? name)
    {
        var clean = CleanName(name, "name");
        return (await Logins.GetPasskeysAsync(login)).Count < Max
            ? clean
            : throw RefusedException.Conflict($"You have {Max} passkeys, and cannot have more. Remove one you do not use.");
    }

    private async Task<PasskeyAttestationResult?> AttestedAsync(string credential)
    {
        try
        {
            return await signIn.PerformPasskeyAttestationAsync(credential);
        }
        catch (InvalidOperationException)
        {
            // This browser was not asked for one, or too long ago.
            return null;
        }
    }
}
