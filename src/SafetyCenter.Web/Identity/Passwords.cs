using Microsoft.AspNetCore.Identity;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Identity;

/// <summary>Where a password is checked and where it is set, whichever page asks.</summary>
public sealed class Passwords(
    SafetyCenterDb db,
    UserManager<Login> logins,
    Lockout lockout,
    FailedTries failed,
    Sessions sessions,
    EmailWake wake,
    TimeProvider time)
{
    /// <summary>Whose address it is; null for nobody's, and for what is no address.</summary>
    public async Task<Login?> OwnerOfAsync(string? email)
    {
        try
        {
            return await logins.FindByEmailAsync(Text.Email(email));
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether this is their password, and they have a try left. As much work for nobody and for somebody who is locked
    /// out as for a wrong password, so that the time tells nothing.
    /// </summary>
    public async Task<bool> VerifyAsync(HttpContext context, Login? login, string? password)
    {
        var hasTry = await lockout.TakeTryAsync(login?.Id ?? Guid.Empty, context.RequestAborted);
        if (!hasTry)
        {
            logins.PasswordHasher.HashPassword(new Login(), password ?? "");
        }

        if (!hasTry || !await logins.CheckPasswordAsync(login!, password ?? ""))
        {
            failed.Note(context.Connection.RemoteIpAddress);
            return false;
        }

        await (login!.TwoFactorEnabled
            ? lockout.GiveBackAsync(login.Id, context.RequestAborted)
            : lockout.ClearAsync(login.Id, context.RequestAborted));
        return true;
    }

    /// <summary>
    /// Sets a new password. Every session but one ends, the lockout with them, links that were sent to choose one stop
    /// working, and the person is told.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="login">Whose.</param>
    /// <param name="password">The new password.</param>
    /// <param name="keep">The session that goes on, if any.</param>
    /// <exception cref="RefusedException">It cannot be, or somebody else is just setting one.</exception>
    public async Task SetAsync(HttpContext context, Login login, string? password, Id<Session>? keep)
    {
        var now = time.GetUtcNow();
        var cancellationToken = context.RequestAborted;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var token = await logins.GeneratePasswordResetTokenAsync(login);
        var result = await logins.ResetPasswordAsync(login, token, password ?? "");
        if (!result.Succeeded)
        {
            throw RefusedException.Invalid(
                result.Errors.Any(error => error.Code == nameof(IdentityErrorDescriber.ConcurrencyFailure))
                    ? "This password was changed at the same moment by another page. Start again."
                    : string.Join(" ", result.Errors.Select(error => error.Description)),
                "newPassword");
        }

        login.PasswordChangedAt = now;
        db.Emails.Add(LoginEmails.Changed(
            login.Id,
            login.Email!,
            "Your password was changed.",
            ClientName.Address(context.Connection.RemoteIpAddress),
            now));
        await db.SaveChangesAsync(cancellationToken);
        await lockout.ClearAsync(login.Id, cancellationToken);
        await sessions.EndAllAsync(login.Id, keep, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        wake.Ring();
    }
}
