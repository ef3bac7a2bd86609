using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>The authenticator app of the person who signed in, and their recovery codes.</summary>
[ResponseCache(NoStore = true)]
public sealed class AuthenticatorModel(SafetyCenterDb db, UserManager<Login> logins, AuthenticatorApp app)
    : LoginPage(db, logins)
{
    /// <summary>The key that is offered to the app, protected; it goes along with the form.</summary>
    [BindProperty]
    public string? Offer { get; set; }

    /// <summary>The code that was typed. It is not shown again: the next try needs the next one.</summary>
    [BindProperty]
    public string? Code { get; set; }

    /// <summary>The key that is offered.</summary>
    public AuthenticatorKey Key { get; private set; } = null!;

    /// <summary>The same as a picture for the app.</summary>
    public QrCode Picture { get; private set; } = null!;

    /// <summary>How many recovery codes are left.</summary>
    public int CodesLeft { get; private set; }

    /// <summary>Recovery codes that were made just now, and can be seen this once.</summary>
    public IReadOnlyList<string> NewCodes { get; private set; } = [];

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (Login.TwoFactorEnabled)
        {
            CodesLeft = await app.CountCodesAsync(Login);
            return Page();
        }

        // After a refusal the same one: the app has it already.
        Key = app.ReadOffer(Login, Offer) ?? AuthenticatorKey.New();
        Offer = app.Offer(Login, Key);
        Picture = QrCode.Of(Key.ToUri(Login.Email!));
        return Page();
    }

    /// <summary>Asks for the app from now on, and shows the recovery codes.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostTurnOnAsync(CancellationToken cancellationToken)
    {
        NewCodes = await app.TurnOnAsync(
            Login, app.ReadOffer(Login, Offer), Code, cancellationToken);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>Makes new recovery codes and shows them.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostNewCodesAsync(CancellationToken cancellationToken)
    {
        NewCodes = await app.MakeNewCodesAsync(Login, cancellationToken);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>Does not ask for the app any more.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostTurnOffAsync(CancellationToken cancellationToken)
    {
        await app.TurnOffAsync(Login, cancellationToken);
        return Done("The authenticator app is turned off. Remove the entry in the app, too: its codes are no good any more.");
    }
}
