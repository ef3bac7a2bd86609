using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>What somebody says of an app. When it is edited, what is null stays.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Publisher">Who made it; for a new one, null for the organization.</param>
/// <param name="RedirectUris">Where people may be sent back to.</param>
/// <param name="Scopes">What it may ask for.</param>
/// <param name="ActsAs">Whom one with a secret acts as when nobody consents; for a new one, null for its maker.</param>
public sealed record AppDetails(
    string? Name,
    string? Publisher,
    IReadOnlyList<string?>? RedirectUris,
    IReadOnlyList<string>? Scopes,
    Id<User>? ActsAs);

/// <summary>An app that was just registered, and its first secret, when it has one.</summary>
public sealed record RegisteredApp(OAuthApp App, Issued<OAuthClientSecret>? Secret);

/// <summary>
/// Registers and changes apps of the actor's own organization, whichever page or endpoint asks for it: under the
/// organization's lock. An app that registered itself belongs to nobody, and nobody changes it.
/// </summary>
public static class Registering
{
    /// <summary>How many apps an organization may register.</summary>
    public const int AppsMax = 500;

    /// <summary>Registers an app, with a secret when it is to have one.</summary>
    /// <exception cref="RefusedException">
    /// Something of it is not acceptable, there are too many, or the caller's own credential is narrower.
    /// </exception>
    public static Task<RegisteredApp> RegisterAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        AppDetails details,
        bool isConfidential,
        DateTimeOffset? secretExpiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async organization =>
        {
            var apps = await db.OAuthApps.CountAsync(
                app => app.DeletedAt == null && app.Client.OrganizationId != null, cancellationToken);
            if (apps >= AppsMax)
            {
                throw RefusedException.Invalid(
                    $"An organization can register at most {AppsMax} apps. Delete one that is no longer needed.");
            }

            var client = OAuthClient.Register(
                organization.Id,
                details.Name,
                details.Publisher ?? organization.Name,
                details.RedirectUris ?? [],
                details.Scopes ?? [],
                isConfidential,
                isConfidential || details.ActsAs is not null
                    ? await ActsAsAsync(db, actor, isConfidential, details.ActsAs ?? actor.UserId, cancellationToken)
                    : null,
                actor.UserId,
                now);
            Delegation.RefuseWider(actor, client.Scopes);
            var app = new OAuthApp(client, organization.Id, isApproved: true, actor.UserId, now);
            db.Add(app);
            if (!isConfidential)
            {
                return new RegisteredApp(app, null);
            }

            // So that it is found where secrets are made; it is one transaction all the same.
            await db.SaveChangesAsync(cancellationToken);
            return new RegisteredApp(app, await Issuing.ClientSecretAsync(
                db, actor, format, app.Id, name: null, secretExpiresAt, now, cancellationToken));
        },
        cancellationToken);

    /// <summary>Changes an app of the organization's own.</summary>
    /// <returns>The app; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">
    /// Something of it is not acceptable, it registered itself, or the caller's own credential is narrower.
    /// </exception>
    public static Task<OAuthApp?> EditAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<OAuthApp> id,
        AppDetails details,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            if (await FindAsync(db, id, cancellationToken) is not { } app)
            {
                return null;
            }

            if (details.ActsAs is { } actsAs && actsAs != app.Client.ActsAs)
            {
                await ActsAsAsync(db, actor, app.Client.IsConfidential, actsAs, cancellationToken);
            }

            // Also where nobody asks for other scopes: whoever chooses where codes are sent to gets what they open.
            app.Client.Edit(details.Name, details.Publisher, details.RedirectUris, details.Scopes, details.ActsAs, now);
            Delegation.RefuseWider(actor, app.Client.Scopes);
            return app;
        },
        cancellationToken);

    /// <summary>Makes another secret of a confidential app.</summary>
    /// <returns>The secret; null when there is no such app.</returns>
    /// <exception cref="RefusedException">The app has no secrets or too many, or whoever asks may not have one.</exception>
    public static Task<Issued<OAuthClientSecret>?> AddSecretAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        Id<OAuthApp> id,
        string? name,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        _ => Issuing.ClientSecretAsync(
            db, actor, format, id, string.IsNullOrWhiteSpace(name) ? null : name, expiresAt, now, cancellationToken),
        cancellationToken);

    /// <summary>Keeps another logo of an app of the organization's own, or none.</summary>
    /// <param name="db">The database.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="id">The app.</param>
    /// <param name="content">The picture; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The app; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is no picture that can be kept, or the app registered itself.</exception>
    public static Task<OAuthApp?> SetLogoAsync(
        SafetyCenterDb db, Actor actor, Id<OAuthApp> id, byte[]? content, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async _ =>
            {
                if (await FindAsync(db, id, cancellationToken) is not { } app)
                {
                    return null;
                }

                app.Client.RefuseDynamic();
                await db.OAuthLogos.Where(logo => logo.ClientId == app.ClientId).ExecuteDeleteAsync(cancellationToken);
                if (content is not null)
                {
                    db.Add(OAuthLogo.Of(app.ClientId, content));
                }

                return app;
            },
            cancellationToken);

    // Whoever makes an app lets it act as themselves, or as a service account that they look after; never as somebody else.
    private static async Task<Id<User>> ActsAsAsync(
        SafetyCenterDb db, Actor actor, bool isConfidential, Id<User> id, CancellationToken cancellationToken)
    {
        const string field = "acts_as";
        if (!isConfidential)
        {
            throw RefusedException.Invalid("Only an app with a secret acts as somebody when nobody consents.", field);
        }

        if (id == actor.UserId)
        {
            return id;
        }

        if (!actor.May(Permission.ServiceAccountWrite))
        {
            throw RefusedException.Forbidden(
                "An app can act as yourself; to let it act as a service account you need the permission "
                + $"{Permission.ServiceAccountWrite}.");
        }

        var isAccount = await db.People.AnyAsync(
            user => user.Id == id && user.IsServiceAccount && user.DisabledAt == null, cancellationToken);
        return isAccount ? id : throw RefusedException.Invalid(
            "An app can act as yourself or as an active service account of your organization.", field);
    }

    private static Task<OAuthApp?> FindAsync(SafetyCenterDb db, Id<OAuthApp> id, CancellationToken cancellationToken) =>
        db.OAuthApps.SingleOrDefaultAsync(app => app.Id == id && app.DeletedAt == null, cancellationToken);
}
