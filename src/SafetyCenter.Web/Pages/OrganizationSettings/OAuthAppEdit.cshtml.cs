using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// What is said of an app of the organization's own, its secrets, and its logo. An app that registered itself is not here:
/// nobody changes it.
/// </summary>
[ResponseCache(NoStore = true)]
[RequestSizeLimit(RequestMax)]
public sealed class OAuthAppEditModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : OAuthAppForm(db, actor, time)
{
    // Enough for a picture that is somewhat too large, so that it is refused in a sentence.
    private const int RequestMax = 1024 * 1024;

    /// <summary>The app's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<OAuthApp> Id { get; set; }

    /// <summary>When a new secret ends, from the list.</summary>
    [BindProperty]
    public string? Ends { get; set; }

    /// <summary>When a new secret ends, typed.</summary>
    [BindProperty]
    public string? ExpiresAt { get; set; }

    /// <summary>What a new secret is called.</summary>
    [BindProperty]
    public string? SecretName { get; set; }

    /// <summary>The app.</summary>
    public OAuthApp App { get; private set; } = null!;

    /// <summary>Whether it has a logo.</summary>
    public bool HasLogo { get; private set; }

    /// <summary>Its secrets that are not revoked, oldest first.</summary>
    public IReadOnlyList<OAuthClientSecret> Secrets { get; private set; } = [];

    /// <summary>A secret that was just made. This answer is the only place where it is ever shown.</summary>
    public NewSecret? Fresh { get; private set; }

    /// <inheritdoc />
    public override bool AsksActsAs => App.Client.IsConfidential;

    /// <summary>The page about the app.</summary>
    public string About => $"{List}/{Id}";

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var found = await Db.OAuthApps.AsNoTracking().Include(app => app.Client)
            .Where(app => app.Id == Id && app.DeletedAt == null && app.Client.OrganizationId != null)
            .Select(app => new { App = app, HasLogo = Db.OAuthLogos.Any(logo => logo.ClientId == app.ClientId) })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        (App, HasLogo) = (found.App, found.HasLogo);
        var client = App.Client;
        MayActAsNobody = client.ActsAs is null;
        if (!(Request.HasFormContentType && Request.Form.ContainsKey("publisher")))
        {
            (Name, Publisher, RedirectUris) = (client.Name, client.Publisher, string.Join('\n', client.RedirectUris));
            (Scopes, ActsAs) = ([.. client.Scopes], client.ActsAs ?? default);
        }

        if (client.IsConfidential)
        {
            await LoadOthersAsync(client.ActsAs, cancellationToken);
            Secrets = await Db.OAuthClientSecrets.Active().AsNoTracking()
                .Where(secret => secret.AppId == Id)
                .OrderBy(secret => secret.CreatedAt).ThenBy(secret => secret.Id)
                .ToListAsync(cancellationToken);
        }

        return Page();
    }

    /// <summary>Changes it. Whoever gave it more scopes than it may have now has to consent anew.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var app = await Registering.EditAsync(
            Db, Actor, Id, Details(isConfidential: true), Now, cancellationToken);
        return app is null ? NotFound() : Done($"Saved “{app.Name}”.");
    }

    /// <summary>Makes another secret, and shows it, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostSecretAsync(CancellationToken cancellationToken)
    {
        if (await ShowAsync(cancellationToken) is NotFoundResult missing)
        {
            return missing;
        }

        var end = new EndField(Ends, ExpiresAt, MayLast: true).Read(Now);
        var issued = await Registering.AddSecretAsync(Db, Actor, format, Id, SecretName, end, Now, cancellationToken);
        if (issued is null)
        {
            return NotFound();
        }

        Fresh = NewSecret.Of(issued.Credential, issued.Secret, installation, Request.Path);
        (SecretName, Ends, ExpiresAt) = (null, null, null);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>Keeps another logo.</summary>
    public async Task<IActionResult> OnPostLogoAsync(IFormFile? logo, CancellationToken cancellationToken)
    {
        if (logo is null)
        {
            throw RefusedException.Invalid("Choose a PNG or JPEG file.", "logo");
        }

        using var content = new MemoryStream();
        await logo.CopyToAsync(content, cancellationToken);
        var app = await Registering.SetLogoAsync(Db, Actor, Id, content.ToArray(), cancellationToken);
        return app is null ? NotFound() : Done($"People see the new logo of “{app.Name}” from now on.");
    }

    /// <summary>Keeps no logo.</summary>
    public async Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken)
    {
        var app = await Registering.SetLogoAsync(Db, Actor, Id, content: null, cancellationToken);
        return app is null ? NotFound() : Done($"“{app.Name}” has no logo any more.");
    }
}
