using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The organization's API keys: make, list, revoke.</summary>
[ResponseCache(NoStore = true)]
public sealed class ApiKeysModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : OrganizationPage(db, actor, time)
{
    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The name of the key to make.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Name { get; set; }

    /// <summary>The active keys, newest first.</summary>
    public IReadOnlyList<ApiKey> Keys { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>How many keys are active.</summary>
    public int ActiveKeys { get; private set; }

    /// <summary>The secret that was just made. This answer is the only place where it is ever shown.</summary>
    public string? Secret { get; private set; }

    /// <summary>The name of the key that was just made.</summary>
    public string? SecretName { get; private set; }

    /// <summary>Where a key can be tried.</summary>
    public string ValidateAddress => installation.LinkTo("/api/v1/validate");

    /// <summary>Whether who looks may make keys.</summary>
    public bool MayWrite => Actor.May(Permission.ApiKeysWrite);

    /// <summary>Whether who looks may revoke keys.</summary>
    public bool MayDelete => Actor.May(Permission.ApiKeysDelete);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var keys = Db.ApiKeys.AsNoTracking().Active();
        ActiveKeys = await Db.ActiveCountAsync("api_key", cancellationToken);
        if (Cursor.Read(After) is { } cursor)
        {
            var id = new Id<Credential>(cursor.Id);
            keys = keys.Where(key => EF.Functions.LessThan(
                ValueTuple.Create(key.CreatedAt, key.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await keys
            .OrderByDescending(key => key.CreatedAt).ThenByDescending(key => key.Id)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            Next = new Cursor(page[^1].CreatedAt, page[^1].Id.Value);
        }

        Keys = page;
        return Page();
    }

    /// <summary>Makes a key and shows its secret, this once.</summary>
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        if (!MayWrite)
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        var issued = await Issuing.ApiKeyAsync(
            Db, Actor, format, Name, category: null, remoteConfigReadEnabled: null, expiresAt: null, Now, cancellationToken);
        (Secret, SecretName, Name) = (issued.Secret.Reveal(), issued.Credential.Name, null);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>Revokes a key.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(Id<Credential> key, CancellationToken cancellationToken)
    {
        if (!MayDelete)
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        if (!await Db.ApiKeys.AnyAsync(known => known.Id == key, cancellationToken))
        {
            return NotFound();
        }

        var outcome = await Revoking.RevokeAsync(Db, Actor, [key], RevocationReason.ByHand, Now, cancellationToken);
        return Done(outcome.Sentence);
    }
}
