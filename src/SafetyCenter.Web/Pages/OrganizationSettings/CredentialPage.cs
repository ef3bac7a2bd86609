using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// A page about one credential of any kind. That it may be opened at all depends on the credential, so each of its pages and
/// actions begins by finding it, and whoever may not see it is told that there is none.
/// </summary>
public abstract class CredentialPage(SafetyCenterDb db, Actor actor, TimeProvider time)
    : OrganizationPage(db, actor, time)
{
    /// <summary>The credential's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<Credential> Id { get; set; }

    /// <summary>The credential, and what may be done to it.</summary>
    public CredentialRights Rights { get; private set; } = null!;

    /// <summary>The credential.</summary>
    public Credential Credential => Rights.Credential;

    /// <summary>What its kind is called within a sentence.</summary>
    public string Kind => Credential is ApiKey or OAuthGrant or OAuthClientSecret
        ? Credential.KindName
        : Credential.KindName.ToLowerInvariant();

    /// <summary>Whether it is what somebody lets an OAuth app do: it has no secret, and changes by consent alone.</summary>
    public bool IsGrant => Credential is OAuthGrant;

    /// <summary>The OAuth app that it belongs to; null for what belongs to none.</summary>
    public Id<OAuthApp>? AppId => Credential switch
    {
        OAuthGrant grant => grant.AppId,
        OAuthClientSecret secret => secret.AppId,
        _ => null,
    };

    /// <summary>The page that lists its kind.</summary>
    public string List => Credential switch
    {
        ApiKey => "api-keys",
        ApplicationKey => "application-keys",
        ClientToken => "client-tokens",
        OAuthGrant or OAuthClientSecret => "oauth-apps",
        _ => "access-tokens",
    };

    /// <summary>The page about it.</summary>
    public string Address => $"/o/{Actor.Organization.Slug}/organization-settings/credentials/{Id}";

    /// <summary>Finds it.</summary>
    /// <returns>Whether there is one that may be seen.</returns>
    protected async Task<bool> FindAsync(CancellationToken cancellationToken)
    {
        if (await CredentialRights.FindAsync(Db, Actor, Id, cancellationToken) is not { } rights)
        {
            return false;
        }

        Rights = rights;
        return true;
    }

    /// <summary>Finds it for an action.</summary>
    /// <returns>404, where there is none that may be seen; null to go on.</returns>
    /// <exception cref="RefusedException">It may be seen, but this may not be done to it.</exception>
    protected async Task<IActionResult?> RefusedAsync(CredentialAct act, CancellationToken cancellationToken)
    {
        if (!await FindAsync(cancellationToken))
        {
            return NotFound();
        }

        Rights.Demand(act);
        return null;
    }

    /// <summary>The action is done: to the page about it, which says so once.</summary>
    protected IActionResult Back(string message)
    {
        Message = message;
        return Redirect(Address);
    }
}
