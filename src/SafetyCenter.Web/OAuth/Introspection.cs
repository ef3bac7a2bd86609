using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// Tells what a token is worth (RFC 7662): a program of its own tokens, and whoever may see the apps of an organization of
/// all tokens there. Of any other token it is told that it opens nothing. To look at a token is no use of it.
/// </summary>
public sealed class Introspection(
    SafetyCenterDb db,
    SecretFormat format,
    CredentialDirectory directory,
    Authenticator authenticator,
    CurrentOrganization current,
    UsageBuffer usage,
    TestRefusals refusals,
    Installation installation,
    TimeProvider time)
{
    private static readonly object Inactive = new { active = false };

    /// <summary>The organization whose tokens the caller may see, who calls our API with a key or a token of theirs.</summary>
    /// <exception cref="OAuthRefusedException">They may not.</exception>
    public async Task<Id<Organization>> OrganizationOfCallerAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var authentication = await authenticator.AuthenticateAsync(context.Request, cancellationToken);
        if (authentication.Credential is not { OwnerId: { } ownerId } credential)
        {
            refusals.Note(authentication, context);
            throw OAuthRefusedException.InvalidClient();
        }

        current.Id = credential.OrganizationId;
        var owner = await db.People.Include(user => user.Roles).AsNoTracking()
            .SingleAsync(user => user.Id == ownerId, cancellationToken);
        if (!owner.Has(Permission.OrgAuthorizedAppsRead)
            || !Scope.Covers(credential.Scopes, Permission.OrgAuthorizedAppsRead))
        {
            throw OAuthRefusedException.InvalidClient();
        }

        usage.Note(authentication, context, Permission.OrgAuthorizedAppsRead);
        return credential.OrganizationId;
    }

    /// <summary>What a program is told of a token: not who the user is, whom it knows or has not to know.</summary>
    public Task<object> OfOwnAsync(OAuthClient client, string token, CancellationToken cancellationToken) =>
        OfAsync(token, basis => basis.App.ClientId == client.Id, withEmail: false, cancellationToken);

    /// <summary>What an organization is told of a token.</summary>
    public Task<object> OfOrganizationAsync(
        Id<Organization> organizationId, string token, CancellationToken cancellationToken) =>
        OfAsync(token, basis => basis.Organization.Id == organizationId, withEmail: true, cancellationToken);

    private async Task<object> OfAsync(
        string text, Func<Basis, bool> mayBeSeen, bool withEmail, CancellationToken cancellationToken)
    {
        if (!format.TryRead(text, out var secret)
            || await Basis.OfTokenAsync(db, secret.Hash, cancellationToken) is not var (token, basis)
            || !mayBeSeen(basis)
            || !await IsActiveAsync(token, secret, basis, cancellationToken))
        {
            return Inactive;
        }

        var told = new Dictionary<string, object>
        {
            ["active"] = true,
            ["scope"] = string.Join(' ', token.Scopes),
            ["client_id"] = basis.App.ClientId.ToString(),
            ["sub"] = basis.User.Id.ToString(),
            ["exp"] = token.ExpiresAt.ToUnixTimeSeconds(),
            ["iat"] = token.IssuedAt.ToUnixTimeSeconds(),
            ["iss"] = installation.LinkTo(""),
        };
        if (token.Kind == OAuthTokenKind.Access)
        {
            told["token_type"] = "Bearer";
        }

        if (withEmail)
        {
            told["username"] = basis.User.Email;
        }

        return told;
    }

    private async Task<bool> IsActiveAsync(
        OAuthToken token, Secret secret, Basis basis, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return token is { EndedAt: null, UsedAt: null } && now < token.ExpiresAt && basis.IsOpen
            && (token.Kind == OAuthTokenKind.Refresh
                || (await directory.FindAsync(secret.Hash, cancellationToken))?.VerdictAt(now) == Verdict.Active);
    }
}
