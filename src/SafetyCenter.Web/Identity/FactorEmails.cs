using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Identity;

/// <summary>Tells somebody that their second factors were changed: whoever did it may have been somebody else.</summary>
public sealed class FactorEmails(SafetyCenterDb db, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>Adds the email to what is saved next.</summary>
    /// <param name="login">Whose login it is.</param>
    /// <param name="what">What was done, as a sentence.</param>
    public void AddChanged(Login login, string what)
    {
        var now = time.GetUtcNow();
        var from = http.HttpContext is { } context
            ? ClientName.Address(context.Connection.RemoteIpAddress)
            : "the operator of this installation";
        db.Emails.Add(LoginEmails.Changed(login.Id, login.Email!, what, from, now));
    }
}
