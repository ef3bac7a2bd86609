using Microsoft.AspNetCore.Identity;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>What changes of a login have in common.</summary>
internal static class Saved
{
    /// <summary>Fails when Identity did not save, which is when somebody else saved meanwhile.</summary>
    public static void Demand(this IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw RefusedException.Conflict("This login was changed at the same moment from elsewhere. Look, and try again.");
        }
    }

    /// <summary>The session of this request has proved more than a password; the next save says so.</summary>
    public static void ProveWithSecondFactor(this CurrentSession current, SafetyCenterDb db, DateTimeOffset now)
    {
        var session = current.Value ?? throw new InvalidOperationException("Nobody has signed in on this request.");

        // Attached, not updated: only what changes is written, and not over an end that came meanwhile.
        db.Attach(session);
        session.Prove(withSecondFactor: true, now);
    }
}
