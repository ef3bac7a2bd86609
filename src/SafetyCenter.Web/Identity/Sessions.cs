using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Identity;

/// <summary>The session of this request; null for whoever has not signed in.</summary>
public sealed class CurrentSession
{
    /// <summary>The session, not tracked.</summary>
    public Session? Value { get; set; }

    /// <summary>The organization that turned it away because it has no second factor, if one did.</summary>
    public string? LacksSecondFactorFor { get; set; }
}

/// <summary>Begins sessions, finds the one a cookie names, and ends them from anywhere.</summary>
public sealed class Sessions(
    SafetyCenterDb db, SignInManager<Login> signIn, CurrentSession current, TimeProvider time)
{
    private const string Claim = "session";

    /// <summary>Which session a cookie names; the empty id when it names none.</summary>
    public static Id<Session> IdIn(ClaimsPrincipal principal) => Id<Session>.Parse(principal.FindFirstValue(Claim) ?? "", null);

    /// <summary>
    /// Somebody proved who they are with a password. They are let in, or, if they have set up a second factor, are asked for
    /// it first. Every way in that asks for a password ends here.
    /// </summary>
    /// <param name="context">Their request.</param>
    /// <param name="login">Who.</param>
    /// <param name="next">Where they want to go; an address of ours.</param>
    /// <returns>Where to send them.</returns>
    public async Task<string> ContinueAsync(HttpContext context, Login login, string next)
    {
        if (!login.TwoFactorEnabled)
        {
            await BeginAsync(context, login, hasSecondFactor: false);
            return next;
        }

        // In the form in which SignInManager.GetTwoFactorAuthenticationUserAsync reads it.
        var pending = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, login.Id.ToString())], IdentityConstants.TwoFactorUserIdScheme);
        await context.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(pending));
        return $"/sign-in/second-factor?returnUrl={Uri.EscapeDataString(next)}";
    }

    /// <summary>
    /// Somebody proved who they are, as far as is needed: they are let in, with a new session and its cookie. The session
    /// that this browser had before ends.
    /// </summary>
    /// <param name="context">Their request.</param>
    /// <param name="login">Who.</param>
    /// <param name="hasSecondFactor">Whether they proved more than a password.</param>
    public async Task BeginAsync(HttpContext context, Login login, bool hasSecondFactor)
    {
        var now = time.GetUtcNow();
        var before = IdIn(context.User);
        if (before != default)
        {
            await EndAsync(session => session.Id == before, context.RequestAborted);
        }

        var session = new Session(
            login.Id,
            hasSecondFactor,
            ClientName.Address(context.Connection.RemoteIpAddress),
            ClientName.Of(context.Request.Headers.UserAgent.ToString(), Usage.ClientLengthMax),
            now);
        db.Add(session);
        var users = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Where(user => user.LoginId == login.Id && user.DisabledAt == null)
            .ToListAsync(context.RequestAborted);
        foreach (var user in users)
        {
            user.SignedIn(now);
            db.Add(new AuditEvent(
                user.OrganizationId,
                AuditAction.Login,
                "signed_in",
                new AuditAsset("user", user.Id.Value, user.Email),
                RequestSource.Of(context, user, "SESSION"),
                changes: null,
                $"{user.DisplayName} signed in.",
                now));
        }

        await db.SaveChangesAsync(context.RequestAborted);
        current.Value = session;
        await signIn.SignInWithClaimsAsync(login, isPersistent: false, [new Claim(Claim, session.Id.ToString())]);
    }

    /// <summary>Whoever uses this session proved again who they are.</summary>
    /// <param name="withSecondFactor">Whether they proved more than a password.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task ProveAsync(bool withSecondFactor, CancellationToken cancellationToken)
    {
        var session = current.Value ?? throw new InvalidOperationException("Nobody has signed in on this request.");
        session.Prove(withSecondFactor, time.GetUtcNow());
        return db.Sessions.Where(row => row.Id == session.Id).ExecuteUpdateAsync(
            set => set
                .SetProperty(row => row.ProvedAt, session.ProvedAt)
                .SetProperty(row => row.HasSecondFactor, session.HasSecondFactor),
            cancellationToken);
    }

    /// <summary>Ends the session of this request, and takes its cookie away.</summary>
    public async Task EndAsync(HttpContext context)
    {
        await EndAsync(session => session.Id == IdIn(context.User), context.RequestAborted);
        await signIn.SignOutAsync();
    }

    /// <summary>Ends one session of somebody.</summary>
    /// <returns>Whether it was theirs and was not over.</returns>
    public async Task<bool> EndAsync(Guid loginId, Id<Session> id, CancellationToken cancellationToken) =>
        await EndAsync(session => session.LoginId == loginId && session.Id == id, cancellationToken) == 1;

    /// <summary>Ends every session of somebody, but for one.</summary>
    /// <param name="loginId">Whose.</param>
    /// <param name="except">The session that goes on; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many were ended.</returns>
    public Task<int> EndAllAsync(Guid loginId, Id<Session>? except, CancellationToken cancellationToken) =>
        EndAsync(session => session.LoginId == loginId && session.Id != except, cancellationToken);

    /// <summary>
    /// Looks whether the session that a cookie names is still alive. Addresses of an organization are left to
    /// <see cref="OrganizationGate"/>, which asks for the session together with the user, in one statement; pictures and style
    /// sheets are for everybody.
    /// </summary>
    internal static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        if (http.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null
            || http.GetRouteValue(OrganizationGate.RouteValue) is not null)
        {
            return;
        }

        var services = http.RequestServices;
        var db = services.GetRequiredService<SafetyCenterDb>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var id = IdIn(context.Principal!);
        var session = await db.Sessions.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, http.RequestAborted);
        if (session?.IsLiveAt(now) != true)
        {
            context.RejectPrincipal();
            await http.SignOutAsync(context.Scheme.Name);
            return;
        }

        await SeenAsync(db, services.GetRequiredService<CurrentSession>(), session, now, http.RequestAborted);
    }

    /// <summary>The session is in use.</summary>
    internal static async Task SeenAsync(
        SafetyCenterDb db, CurrentSession current, Session session, DateTimeOffset now, CancellationToken cancellationToken)
    {
        current.Value = session;
        if (session.Seen(now))
        {
            await db.Sessions.Where(row => row.Id == session.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LastSeenAt, now), cancellationToken);
        }
    }

    private Task<int> EndAsync(
        System.Linq.Expressions.Expression<Func<Session, bool>> which, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return db.Sessions.Where(which).Where(session => session.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.EndedAt, now), cancellationToken);
    }
}
