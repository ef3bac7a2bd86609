using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Credentials;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

// What can be done on the page of a credential. Each action asks again whether it may be done.
public sealed partial class CredentialModel
{
    /// <summary>The new name, as typed.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The new scopes: ticked ones, and names in a field.</summary>
    [BindProperty]
    public List<string?> Scopes { get; set; } = [];

    /// <summary>When it is to end, from the list.</summary>
    [BindProperty]
    public string? Ends { get; set; }

    /// <summary>When it is to end, typed.</summary>
    [BindProperty]
    public string? ExpiresAt { get; set; }

    /// <summary>For how many minutes it is to be turned off.</summary>
    [BindProperty]
    public int Minutes { get; set; } = 5;

    /// <summary>Gives it another name.</summary>
    public async Task<IActionResult> OnPostRenameAsync(CancellationToken cancellationToken)
    {
        if (await RefusedChangeAsync(cancellationToken) is { } refused)
        {
            return refused;
        }

        var renamed = await Editing.RenameAsync(Db, Actor, Id, Name, Now, cancellationToken);
        return Done($"It is called “{renamed?.Name}” now.");
    }

    /// <summary>Changes its scopes.</summary>
    public async Task<IActionResult> OnPostScopesAsync(CancellationToken cancellationToken)
    {
        if (await RefusedChangeAsync(cancellationToken) is { } refused)
        {
            return refused;
        }

        var scopes = ScopeField.Read(Scopes);
        await Editing.RescopeAsync(Db, Actor, Id, scopes, Now, cancellationToken);
        return Done(scopes.Count == 0
            ? "It has no scopes now: it may do all that its owner may."
            : $"It is limited to {(scopes.Count == 1 ? scopes[0] : $"{scopes.Count} scopes")} from the next call on.");
    }

    /// <summary>Sets its end.</summary>
    public async Task<IActionResult> OnPostEndAsync(CancellationToken cancellationToken)
    {
        if (await RefusedChangeAsync(cancellationToken) is { } refused)
        {
            return refused;
        }

        var end = new EndField(Ends, ExpiresAt, MayLast: false).Read(Now);
        await Lifecycle.ExpireAsync(Db, Actor, Id, end, Now, cancellationToken);
        return Done($"It ends at {Moment.Exact(end!.Value)}.");
    }

    /// <summary>Lifts its end.</summary>
    public async Task<IActionResult> OnPostLiftAsync(CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Edit, cancellationToken) is { } refused)
        {
            return refused;
        }

        await Lifecycle.ExpireAsync(Db, Actor, Id, expiresAt: null, Now, cancellationToken);
        return Done("It does not end by itself any more.");
    }

    /// <summary>Brings it back.</summary>
    public async Task<IActionResult> OnPostUndoAsync(CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Edit, cancellationToken) is { } refused)
        {
            return refused;
        }

        await Lifecycle.UndoAsync(Db, Actor, Id, Now, cancellationToken);
        return Done(UndoWords.Done(Credential));
    }

    /// <summary>Turns it off for some minutes, to see who misses it.</summary>
    public async Task<IActionResult> OnPostTestAsync(CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Revoke, cancellationToken) is { } refused)
        {
            return refused;
        }

        var test = await Lifecycle.TestAsync(Db, Actor, Id, Minutes, Now, cancellationToken);
        return Done($"Off for a test. It comes back by itself at {Moment.Exact(test!.EndsAt)}.");
    }

    /// <summary>Turns it on again before the test is over.</summary>
    public async Task<IActionResult> OnPostStopTestAsync(CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Revoke, cancellationToken) is { } refused)
        {
            return refused;
        }

        await Lifecycle.StopTestAsync(Db, Actor, Id, Now, cancellationToken);
        return Done("It is on again.");
    }

    /// <summary>Changes when a rotation ends it.</summary>
    public async Task<IActionResult> OnPostRetireAsync(
        int retire, string? retireAt, bool whenSilent, CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Edit, cancellationToken) is { } refused)
        {
            return refused;
        }

        var at = CredentialRotateModel.RetireTime(retire, retireAt, Now);
        await Lifecycle.RetireAsync(Db, Actor, Id, at, whenSilent, Now, cancellationToken);
        return Done($"The old one is retired at {Moment.Exact(at)}{(whenSilent ? " or once silent for a day" : "")}.");
    }

    /// <summary>Ends the old one of a rotation now.</summary>
    public async Task<IActionResult> OnPostRetireNowAsync(CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Revoke, cancellationToken) is { } refused)
        {
            return refused;
        }

        if (Credential.ReplacedBy is null)
        {
            throw RefusedException.Invalid($"“{Credential.Name}” is not being replaced.");
        }

        var outcome = await Revoking.RevokeAsync(Db, Actor, [Id], RevocationReason.Rotated, Now, cancellationToken);
        var hasLeaked = await Lifecycle.HasLeakedAsync(Db, Id, cancellationToken);
        return Done(outcome.Revoked.Count == 0
            ? outcome.Sentence
            : $"Retired “{Credential.Name}”. {UndoWords.Before(Actor.Organization, hasLeaked, Now)}");
    }

    // What somebody lets an app do is named after the app and changes by their consent alone.
    private async Task<IActionResult?> RefusedChangeAsync(CancellationToken cancellationToken)
    {
        var refused = await RefusedAsync(CredentialAct.Edit, cancellationToken);
        return refused is null && IsGrant
            ? throw RefusedException.Forbidden($"What “{Credential.Name}” may do changes by consent alone.")
            : refused;
    }
}
