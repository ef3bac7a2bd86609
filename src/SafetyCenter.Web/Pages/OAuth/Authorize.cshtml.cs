using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OAuth;

/// <summary>
/// Where an app sends people to let it act for them; the steps are told in Authorization. The address holds what the app asks
/// for, and a form sent to it is read as if nobody had looked before.
/// </summary>
[ResponseCache(NoStore = true)]
[ShowsAnewWhenOutdated(KeepsQuery = true)]
public sealed class AuthorizeModel(
    SafetyCenterDb db,
    Actor actor,
    CurrentOrganization current,
    CurrentSession session,
    Sessions sessions,
    Installation installation,
    TimeProvider time) : PageModel
{
    private Authorization.Asker _asker = null!;
    private AuthorizationAnswer _answer = null!;

    /// <summary>What the app asks for.</summary>
    public AuthorizationRequest Asked { get; private set; } = null!;

    /// <summary>The app; null when there is none to speak of.</summary>
    public OAuthClient? Client { get; private set; }

    /// <summary>Whether it has a picture.</summary>
    public bool HasLogo => _asker.HasLogo;

    /// <summary>Where it has the person sent back to, for people.</summary>
    public string LeadsTo => RedirectUri.Place(_asker.SendTo);

    /// <summary>The way back to the app, with a no.</summary>
    public string BackWithNo => _answer.With(AuthorizationError.Denied);

    /// <summary>Where the person could let it in.</summary>
    public IReadOnlyList<Authorization.Place> Places { get; private set; } = [];

    /// <summary>Where they do; null while they must choose.</summary>
    public Authorization.Place? Place { get; private set; }

    /// <summary>Why they cannot; null when they can.</summary>
    public Obstacle? Obstacle { get; private set; }

    /// <summary>What it wants to do.</summary>
    public IReadOnlyList<string> Scopes { get; private set; } = [];

    /// <summary>What the person lets it do already; null when they let it do nothing.</summary>
    public OAuthGrant? Live { get; private set; }

    /// <summary>What the form says that the person has read: a consent is to that, and to nothing else.</summary>
    public string Terms => string.Join(' ', Scopes.Order(StringComparer.Ordinal).Prepend($"{actor.OrganizationId}"));

    /// <summary>Shows what the app asks for, or answers it at once when the person has agreed to that before.</summary>
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        // An app that does not say where to is asked about each time: the sign-in page before this one cannot know where its
        // form may lead, so that it must end here.
        var mayAnswer = Asked.IsSilent || (!Asked.AsksAnew && Asked.SendTo is not null);
        return mayAnswer && Obstacle is null && Live?.Remembers(_asker.Client, Scopes) == true
                ? await ConsentAsync(cancellationToken)
            : Asked.IsSilent ? GoBack(AuthorizationError.ConsentRequired)
            : Page();
    }

    /// <summary>The person answers.</summary>
    public async Task<IActionResult> OnPostAsync(
        [FromForm] string? answer, [FromForm] string? terms, CancellationToken cancellationToken)
    {
        if (answer == "switch")
        {
            await sessions.EndAsync(HttpContext);
            return SeeOther(Here);
        }

        if (await FindAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        switch (answer)
        {
            case "deny":
                return GoBack(AuthorizationError.Denied);
            case "ask" when Obstacle?.CanAsk == true:
                await Authorization.AskForApprovalAsync(db, actor, _asker.Client.Id, time.GetUtcNow(), cancellationToken);
                return SeeOther(Here);
            case "authorize" when Place is not null && Obstacle is null:
                return terms == Terms
                    ? await ConsentAsync(cancellationToken)
                    : Refuse("What is asked for has changed meanwhile. Read it again.", StatusCodes.Status400BadRequest);
            default:
                return Page();
        }
    }

    private string Here => $"{Request.PathBase}{Request.Path}{Request.QueryString}";

    private async Task<IActionResult> ConsentAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = time.GetUtcNow();
            return SeeOther(_answer.With(await Authorization.ConsentAsync(
                db, actor, _asker, Scopes, Asked.Challenge, now, cancellationToken)));
        }
        catch (RefusedException refused)
        {
            // Whatever stood in the way came meanwhile: it is looked at anew.
            db.ChangeTracker.Clear();
            return await FindAsync(cancellationToken) ?? Refuse(refused.Message, StatusCodes.Status403Forbidden);
        }
    }

    // Finds everything that the page shows, or where else the person must go.
    private async Task<IActionResult?> FindAsync(CancellationToken cancellationToken)
    {
        Asked = AuthorizationRequest.Read(Request.Query);
        var isSignedIn = User.Identity?.IsAuthenticated == true;
        var isReadable = Request.QueryString.Value is not { Length: > AuthorizationRequest.LengthMax };
        if (isReadable && !isSignedIn && !Asked.IsSilent)
        {
            return Challenge();
        }

        if (!isReadable || await Authorization.AskerAsync(db, Asked, cancellationToken) is not { } asker)
        {
            return Unknown();
        }

        Places = isSignedIn ? await Authorization.PlacesAsync(db, asker.Client, User, cancellationToken) : [];
        if (isSignedIn && !asker.Client.IsDynamic && Places.Count == 0)
        {
            return Unknown();
        }

        (_asker, Client) = (asker, asker.Client);
        _answer = new AuthorizationAnswer(asker.SendTo, Asked.State, installation.LinkTo(""));
        HttpContext.LetFormsLeadTo(asker.SendTo);
        var error = Asked.Error
            ?? (Asked.Scopes.Except(asker.Client.Scopes).Any() ? AuthorizationError.InvalidScope : null)
            ?? (isSignedIn ? null : AuthorizationError.LoginRequired);
        return error is null ? await EnterAsync(cancellationToken) : GoBack(error);
    }

    private async Task<IActionResult?> EnterAsync(CancellationToken cancellationToken)
    {
        var open = Places.Where(place => place.Organization.DisabledAt is null).ToList();
        Place = Places.SingleOrDefault(place => place.Organization.Slug == Asked.Organization)
            ?? (open, Places) switch
            {
                ([var only], _) => only,
                ([], [var disabled, ..]) => disabled,
                _ => null,
            };
        Places = open;
        if (Place is not { Organization: var organization })
        {
            Obstacle = open.Count > 0 ? null : new Obstacle(
                "You are in no organization", "This login is not an active user of any organization. Ask whoever invited you.");
            return Asked.IsSilent ? GoBack(AuthorizationError.InteractionRequired) : Stop(Obstacle);
        }

        if (organization.DisabledAt is not null)
        {
            return Stop(new Obstacle(
                "This organization is disabled",
                $"Nobody gets into {organization.Name}, and neither does an app. Ask whoever operates this installation."));
        }

        if (organization.Policies.RequiresSecondFactor && session.Value?.HasSecondFactor != true)
        {
            return Asked.IsSilent ? GoBack(AuthorizationError.InteractionRequired) : Stop(new Obstacle(
                $"{organization.Name} requires a second factor",
                "Add one, or sign in with the one you have. Then start again from the app.")
            {
                RequiresSecondFactor = organization.Slug,
            });
        }

        current.Id = organization.Id;
        actor.Is(Place.User, organization, RequestSource.Of(HttpContext, Place.User, "SESSION"));
        (var app, Live) = await Authorization.StandingAsync(db, actor, _asker.Client.Id, cancellationToken);
        if (Admission.ObstacleTo(organization, _asker.Client, app) is { } obstacle)
        {
            return Stop(await WordsForAsync(obstacle, app, cancellationToken));
        }

        var allowed = app?.Scopes ?? _asker.Client.Scopes;
        Scopes = Asked.Scopes.Count > 0 ? Asked.Scopes : allowed;
        return Scopes.Count == 0 || Scopes.Except(allowed).Any() ? GoBack(AuthorizationError.InvalidScope) : null;
    }

    private async Task<Obstacle> WordsForAsync(
        AdmissionObstacle obstacle, OAuthApp? app, CancellationToken cancellationToken)
    {
        var (name, place) = (_asker.Client.Name, actor.Organization.Name);
        var by = app?.DisabledBy is { } id
            ? (await db.People.AsNoTracking().SingleOrDefaultAsync(user => user.Id == id, cancellationToken))?.DisplayName
            : null;
        return obstacle switch
        {
            AdmissionObstacle.Disabled => new Obstacle(
                "This app is disabled",
                $"{by ?? "An admin"} disabled “{name}” in {place} {Moment.Relative(app!.DisabledAt!.Value, time.GetUtcNow())} "
                + $"({Moment.Exact(app.DisabledAt.Value)}). Ask them if you need it."),
            AdmissionObstacle.Deleted => new Obstacle(
                "This app was deleted",
                $"“{name}” was deleted from {place} {Moment.Relative(app!.DeletedAt!.Value, time.GetUtcNow())} "
                + $"({Moment.Exact(app.DeletedAt.Value)}). Ask an admin if you need it."),
            AdmissionObstacle.Disallowed => new Obstacle(
                "This app is not allowed",
                $"“{name}” is on the list of apps that nobody in {place} may authorize. Ask an admin if you need it."),
            AdmissionObstacle.NeedsApproval => new Obstacle(
                "This app needs approval",
                $"In {place} an admin must approve an app before anybody can let it in, and nobody has asked for “{name}” yet.")
            {
                CanAsk = true,
            },
            _ => new Obstacle(
                "This app waits for approval",
                $"The admins of {place} were asked to approve “{name}” {Moment.Relative(app!.CreatedAt, time.GetUtcNow())}. "
                + "Start again from the app when one of them has."),
        };
    }

    // The person must see why; an app that wants nothing shown gets the answer.
    private StatusCodeResult? Stop(Obstacle? obstacle)
    {
        if (obstacle is null)
        {
            return null;
        }

        if (Asked.IsSilent)
        {
            return GoBack(AuthorizationError.Denied);
        }

        Obstacle = obstacle;
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return null;
    }

    private PageResult Unknown()
    {
        Client = null;
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }

    private PageResult Refuse(string sentence, int status)
    {
        ModelState.AddModelError("", sentence);
        Response.StatusCode = status;
        return Page();
    }

    private StatusCodeResult GoBack(AuthorizationError error) => SeeOther(_answer.With(error));

    // Never 307, with which a browser would send the form on (RFC 9700, 4.12).
    private StatusCodeResult SeeOther(string address)
    {
        Response.Headers.Location = address;
        return new StatusCodeResult(
            HttpMethods.IsPost(Request.Method) ? StatusCodes.Status303SeeOther : StatusCodes.Status302Found);
    }
}
