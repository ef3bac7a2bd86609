using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Pages.OrganizationSettings;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>Which apps may act as the signed-in person, in all their organizations; each can be ended.</summary>
[ResponseCache(NoStore = true)]
public sealed class GrantsModel(
    SafetyCenterDb db,
    UserManager<Login> logins,
    CurrentSession session,
    Actor actor,
    CurrentOrganization current,
    TimeProvider time) : LoginPage(db, logins)
{
    private const int EndedMax = 20;

    /// <summary>Where the page begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>What may act as them, newest first.</summary>
    public IReadOnlyList<OwnGrant> Live { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>What ended lately and can be brought back, newest first.</summary>
    public IReadOnlyList<OwnGrant> Ended { get; private set; } = [];

    /// <summary>Their organizations that show nothing to a session without a second factor, by name.</summary>
    public IReadOnlyList<string> Closed { get; private set; } = [];

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var all = OwnGrant.Of(Db, session.Value!);
        var live = all.Live();
        if (Cursor.Read(After) is { } cursor)
        {
            var id = new Id<Credential>(cursor.Id);
            live = live.Where(own => EF.Functions.LessThan(
                ValueTuple.Create(own.Grant.CreatedAt, own.Grant.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await live
            .OrderByDescending(own => own.Grant.CreatedAt).ThenByDescending(own => own.Grant.Id)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        Live = page[..Math.Min(page.Count, Cursor.PageSize)];
        Next = page.Count > Cursor.PageSize ? new Cursor(Live[^1].Grant.CreatedAt, Live[^1].Grant.Id.Value) : null;
        Ended = await all.Undoable(time.GetUtcNow())
            .OrderByDescending(own => own.Grant.RevokedAt).ThenByDescending(own => own.Grant.Id)
            .Take(EndedMax)
            .ToListAsync(cancellationToken);
        Closed = session.Value!.HasSecondFactor ? [] : await Db.Organizations
            .Where(organization => organization.Policies.RequiresSecondFactor && organization.DisabledAt == null
                && Db.People.IgnoreQueryFilters(new[] { CurrentOrganization.Filter }).ActivePeople()
                    .Any(user => user.LoginId == Login.Id && user.OrganizationId == organization.Id))
            .OrderBy(organization => organization.Name)
            .Select(organization => organization.Name)
            .ToListAsync(cancellationToken);
        return Page();
    }

    /// <summary>The app cannot act as them any more, from the next call on.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(Id<Credential> grant, CancellationToken cancellationToken)
    {
        if (!await EnterAsync(grant, cancellationToken))
        {
            return NotFound();
        }

        var now = time.GetUtcNow();
        var outcome = await Revoking.RevokeAsync(Db, actor, [grant], RevocationReason.ByHand, now, cancellationToken);
        return Done(outcome.Revoked.Count == 0
            ? outcome.Sentence
            : $"Revoked. “{outcome.Revoked[0]}” cannot act as you any more. "
                + UndoWords.Before(actor.Organization, hasLeaked: false, now));
    }

    /// <summary>The app may act as them again, as before.</summary>
    public async Task<IActionResult> OnPostUndoAsync(Id<Credential> grant, CancellationToken cancellationToken) =>
        await EnterAsync(grant, cancellationToken)
        && await Lifecycle.UndoAsync(Db, actor, grant, time.GetUtcNow(), cancellationToken) is { } restored
            ? Done($"Undone. “{restored.Name}” may act as you again.")
            : NotFound();

    // What follows is done in the organization of the grant, as who they are there.
    private async Task<bool> EnterAsync(Id<Credential> id, CancellationToken cancellationToken)
    {
        var own = await OwnGrant.Of(Db, session.Value!).SingleOrDefaultAsync(
            own => own.Grant.Id == id, cancellationToken);
        if (own is null)
        {
            return false;
        }

        current.Id = own.Organization.Id;
        var user = await Db.People.AsNoTracking().Include(user => user.Roles)
            .SingleAsync(user => user.Id == own.User.Id, cancellationToken);
        actor.Is(user, own.Organization, RequestSource.Of(HttpContext, user, "SESSION"));
        return true;
    }
}
