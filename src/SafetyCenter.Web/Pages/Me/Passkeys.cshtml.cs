using System.Buffers.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>The passkeys of the person who signed in.</summary>
[ResponseCache(NoStore = true)]
public sealed class PasskeysModel(SafetyCenterDb db, UserManager<Login> logins, Passkeys passkeys)
    : LoginPage(db, logins)
{
    /// <summary>What a new one is to be called.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>What the device made.</summary>
    [BindProperty]
    public string? Credential { get; set; }

    /// <summary>What one is to be called from now on.</summary>
    [BindProperty]
    public string? NewName { get; set; }

    /// <summary>Which one is to be called so.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Id { get; set; }

    /// <summary>Those they have, oldest first.</summary>
    public IReadOnlyList<UserPasskeyInfo> All { get; private set; } = [];

    /// <summary>How a form names a passkey.</summary>
    public static string IdOf(UserPasskeyInfo passkey) => Base64Url.EncodeToString(passkey.CredentialId);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        All = await passkeys.OfAsync(Login);
        return Page();
    }

    /// <summary>
    /// What the script gives the browser, as JSON; or a sentence that it shows. Who must prove anew who they are does so
    /// before the device makes anything.
    /// </summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostOptionsAsync()
    {
        try
        {
            return Content(await passkeys.BeginAddingAsync(Login, Name), "application/json");
        }
        catch (RefusedException refused)
        {
            return new ContentResult { Content = refused.Message, StatusCode = StatusCodes.Status400BadRequest };
        }
    }

    /// <summary>Keeps what the device made.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAddAsync()
    {
        await passkeys.AddAsync(Login, Name, Credential);
        return Done("The passkey was added. You can sign in with it from now on.");
    }

    /// <summary>Calls one differently.</summary>
    public async Task<IActionResult> OnPostRenameAsync() =>
        Base64Url.IsValid(Id) && await passkeys.RenameAsync(Login, Base64Url.DecodeFromChars(Id), NewName)
            ? Done("The passkey was renamed.")
            : NotFound();

    /// <summary>Nobody gets in with it any more.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostRemoveAsync() =>
        Base64Url.IsValid(Id) && await passkeys.RemoveAsync(Login, Base64Url.DecodeFromChars(Id)) is { } name
            ? Done($"The passkey “{name}” was removed. Delete it on the device, too: it opens nothing any more.")
            : NotFound();
}
