using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>Asks for a link to a new password. The answer is the same whoever exists, and so is its time.</summary>
[ResponseCache(NoStore = true)]
public sealed class ForgotPasswordModel(ForgottenPasswords forgotten) : PageModel
{
    /// <summary>Whether somebody asked.</summary>
    public bool IsAsked { get; private set; }

    /// <summary>Takes the request down; somebody else looks whose address it is.</summary>
    public void OnPost(string? email)
    {
        if (email?.Length <= Text.EmailLengthMax)
        {
            forgotten.Ask(email);
        }

        IsAsked = true;
    }
}
