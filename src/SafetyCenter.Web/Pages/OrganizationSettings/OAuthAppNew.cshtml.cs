using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Registers an app of the organization's own.</summary>
[ResponseCache(NoStore = true)]
public sealed class OAuthAppNewModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : OAuthAppForm(db, actor, time)
{
    /// <summary>Whether it gets a secret.</summary>
    [BindProperty]
    public bool Confidential { get; set; }

    /// <summary>What was just registered. This answer is the only place where its secret is ever shown.</summary>
    public RegisteredApp? Registered { get; private set; }

    /// <summary>Its secret, when it has one.</summary>
    public NewSecret? Fresh => Registered?.Secret is { } issued
        ? NewSecret.Of(issued.Credential, issued.Secret, installation, Page(Registered))
        : null;

    /// <inheritdoc />
    public override bool AsksActsAs => true;

    /// <summary>The page of an app.</summary>
    public string Page(RegisteredApp registered) => $"{List}/{registered.App.Id}";

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (HttpMethods.IsGet(Request.Method))
        {
            (Publisher, ActsAs) = (Actor.Organization.Name, Actor.UserId);
        }

        await LoadOthersAsync(now: null, cancellationToken);
        return Page();
    }

    /// <summary>Registers it, and shows its secret, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        Registered = await Registering.RegisterAsync(
            Db, Actor, format, Details(Confidential), Confidential, secretExpiresAt: null, Now, cancellationToken);
        return Page();
    }
}
