using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// A page that makes credentials and lists them. What its kinds have in common: the form's fields, the secret that is shown
/// once, revoking, and bringing back what was revoked lately.
/// </summary>
public abstract class CredentialListPage(
    SafetyCenterDb db, Actor actor, TimeProvider time, Installation installation) : OrganizationPage(db, actor, time)
{
    private const int RevokedMax = 20;

    /// <summary>The name of what is to be made.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Name { get; set; }

    /// <summary>What it may do: ticked scopes, and names in a field.</summary>
    [BindProperty(SupportsGet = true)]
    public List<string?> Scopes { get; set; } = [];

    /// <summary>When it ends, from the list.</summary>
    [BindProperty]
    public string? Ends { get; set; }

    /// <summary>When it ends, typed.</summary>
    [BindProperty]
    public string? ExpiresAt { get; set; }

    /// <summary>What was just made. This answer is the only place where its secret is ever shown.</summary>
    public NewSecret? Fresh { get; private set; }

    /// <summary>What was revoked lately and can be brought back.</summary>
    public IReadOnlyList<CredentialRights> Revoked { get; private set; } = [];

    /// <summary>The scopes that the form holds.</summary>
    protected IReadOnlyList<string> ChosenScopes => ScopeField.Read(Scopes);

    /// <summary>Where "I have stored it" leads: the page anew, without the secret.</summary>
    protected string Here => HttpContext.Request.Path;

    /// <summary>Revokes one.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(Id<Credential> key, CancellationToken cancellationToken)
    {
        if (await CredentialRights.FindAsync(Db, Actor, key, cancellationToken) is not { } rights)
        {
            return NotFound();
        }

        rights.Demand(CredentialAct.Revoke);
        var outcome = await Revoking.RevokeAsync(Db, Actor, [key], RevocationReason.ByHand, Now, cancellationToken);
        var undo = outcome.Revoked.Count == 0 ? ""
            : " " + UndoWords.Before(Actor.Organization, await Lifecycle.HasLeakedAsync(Db, key, cancellationToken), Now);
        return Done(outcome.Sentence + undo);
    }

    /// <summary>Brings back one that was revoked.</summary>
    public async Task<IActionResult> OnPostUndoAsync(Id<Credential> key, CancellationToken cancellationToken)
    {
        if (await CredentialRights.FindAsync(Db, Actor, key, cancellationToken) is not { } rights)
        {
            return NotFound();
        }

        rights.Demand(CredentialAct.Edit);
        await Lifecycle.UndoAsync(Db, Actor, key, Now, cancellationToken);
        return Done(UndoWords.Done(rights.Credential));
    }

    /// <summary>Refuses who lacks the permission.</summary>
    /// <exception cref="RefusedException">They lack it.</exception>
    protected void Demand(string permission)
    {
        if (!Actor.May(permission))
        {
            throw RefusedException.Forbidden($"Forbidden: this needs the permission {permission}.");
        }
    }

    /// <summary>Shows what was just made, this once, above the list.</summary>
    protected Task<IActionResult> ShowOnceAsync(Credential credential, Secret secret, CancellationToken cancellationToken)
    {
        Fresh = NewSecret.Of(credential, secret, installation, Here);
        (Name, Ends, ExpiresAt, Scopes) = (null, null, null, []);
        return ShowAsync(cancellationToken);
    }

    /// <summary>One page of a list, newest first.</summary>
    /// <returns>The rows, and where the next page begins.</returns>
    protected static async Task<(List<T> Rows, Cursor? Next)> NewestFirstAsync<T>(
        IQueryable<T> credentials, string? after, CancellationToken cancellationToken)
        where T : Credential
    {
        if (Cursor.Read(after) is { } cursor)
        {
            var id = new Id<Credential>(cursor.Id);
            credentials = credentials.Where(credential => EF.Functions.LessThan(
                ValueTuple.Create(credential.CreatedAt, credential.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await credentials.AsNoTracking()
            .OrderByDescending(credential => credential.CreatedAt).ThenByDescending(credential => credential.Id)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        if (page.Count <= Cursor.PageSize)
        {
            return (page, null);
        }

        page.RemoveAt(Cursor.PageSize);
        return (page, new Cursor(page[^1].CreatedAt, page[^1].Id.Value));
    }

    /// <summary>What was revoked lately and can still be brought back, newest first.</summary>
    protected async Task<List<T>> UndoableAsync<T>(IQueryable<T> credentials, CancellationToken cancellationToken)
        where T : Credential
    {
        var since = Now - Actor.Organization.UndoWindow;
        return await credentials.AsNoTracking()
            .Where(credential => credential.RevokedAt > since
                && (credential.RevokedBecause == RevocationReason.ByHand
                    || credential.RevokedBecause == RevocationReason.Unused
                    || credential.RevokedBecause == RevocationReason.Rotated)
                && !Db.Alerts.Any(alert => alert.CredentialId == credential.Id))
            .OrderByDescending(credential => credential.RevokedAt).ThenByDescending(credential => credential.Id)
            .Take(RevokedMax)
            .ToListAsync(cancellationToken);
    }

    /// <summary>Those whose credentials are listed, in one statement.</summary>
    protected async Task<Dictionary<Id<User>, User>> OwnersAsync(
        IEnumerable<Credential> credentials, CancellationToken cancellationToken)
    {
        var ids = credentials.OfType<OwnedCredential>().Select(credential => credential.OwnerId).Distinct().ToArray();
        return await Db.People.AsNoTracking()
            .Where(user => ids.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, cancellationToken);
    }

    /// <summary>Each with what may be done to it.</summary>
    protected IReadOnlyList<CredentialRights> RightsTo(
        IEnumerable<Credential> credentials, IReadOnlyDictionary<Id<User>, User>? owners = null) =>
    [
        .. credentials.Select(credential => new CredentialRights(
            Actor, credential, credential is OwnedCredential owned ? owners?[owned.OwnerId] : null)),
    ];

    /// <summary>Keeps what was revoked lately for the page.</summary>
    protected void Offer(IReadOnlyList<CredentialRights> revoked) => Revoked = revoked;
}
