using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Emails;

// What people are told about the way they sign in.
public sealed partial class EmailComposer
{
    private async Task<EmailMessage?> ForLoginAsync(Email email, CancellationToken cancellationToken)
    {
        var stamp = await db.Users.Where(login => login.Id == email.SubjectId)
            .Select(login => login.SecurityStamp)
            .SingleOrDefaultAsync(cancellationToken);
        return Message(email, "SafetyCenter", stamp is null ? null : email.Kind switch
        {
            EmailKind.PasswordReset => Reset(email, stamp),
            EmailKind.LoginChanged => LoginChanged(email),
            _ => throw new InvalidOperationException($"An email of the kind {email.Kind} belongs to an organization."),
        });
    }

    // Whoever waited so long for it has asked again, or has given up.
    private (string, EmailText)? Reset(Email email, string stamp)
    {
        var now = time.GetUtcNow();
        var until = now + LoginEmails.ResetLifetime;
        return now - email.CreatedAt > LoginEmails.ResetLifetime ? null : ("Choose a new password", new EmailText()
            .Heading("Choose a new password")
            .Say($"Somebody, most likely you, says that the password of {email.Recipient} is forgotten.")
            .Link("Choose a new password", links.ToReset(email.SubjectId, stamp, until))
            .Say($"The link works once, until {Moment.Exact(until)}. A new password signs you out everywhere.")
            .Say("If it was not you, do nothing. Your password stays as it is; whoever asked was told nothing, not even whether "
                + "there is such an address."));
    }

    private (string, EmailText)? LoginChanged(Email email)
    {
        var details = (email.Details ?? "").Split('\n');
        return ("The way you sign in was changed", new EmailText()
            .Heading("The way you sign in was changed")
            .Facts(
            [
                ("What", details[0]),
                ("When", Moment.Exact(email.CreatedAt)),
                .. details.Length > 1 ? [("From", details[1])] : Array.Empty<(string, string)>(),
            ])
            .Say("If it was you, there is nothing to do.")
            .Say("If it was not you, somebody else can get in. Choose a new password at once, which signs everybody out; then "
                + "look at your second factors, remove what you do not know, and tell an admin.")
            .Link("Choose a new password", installation.LinkTo("/forgot-password"))
            .Link("Your security", installation.LinkTo("/me/security")));
    }
}
