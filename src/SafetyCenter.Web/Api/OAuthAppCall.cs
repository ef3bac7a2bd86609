using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// A call about OAuth apps. A secret stands in the answer that makes it and nowhere else; it is rotated, given an end and
/// revoked as any credential, below <see cref="CredentialsApi"/>.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Db">Bound to the organization.</param>
/// <param name="Actor">Who calls.</param>
/// <param name="Format">The installation's secrets.</param>
/// <param name="Time">The clock.</param>
/// <param name="CancellationToken">Gives up.</param>
internal sealed record OAuthAppCall(
    HttpRequest Request,
    SafetyCenterDb Db,
    Actor Actor,
    SecretFormat Format,
    TimeProvider Time,
    CancellationToken CancellationToken)
{
    private const string Type = "oauth_apps";

    private readonly DateTimeOffset _now = Time.GetUtcNow();

    /// <summary>A page of apps, those that registered themselves included.</summary>
    public async Task<IResult> ListAsync()
    {
        var query = ListQuery.Read(Request, ["name", "created_at", "last_exercised"]);
        var apps = AppSummary.Of(Db);
        if (query.Filter is { } text)
        {
            var pattern = $"%{text.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            apps = apps.Where(summary => EF.Functions.ILike(summary.App.Client.Name, pattern, "\\"));
        }

        if (query.Flag("filter[disabled]") is { } isDisabled)
        {
            apps = apps.Where(summary => (summary.App.DisabledAt != null) == isDisabled);
        }

        var page = await Sorted(apps, query).Skip(query.Skip).Take(query.Size).ToListAsync(CancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(summary => Resource(summary)),
            meta = new
            {
                max_allowed = Registering.AppsMax,
                page = new { total_filtered_count = await apps.CountAsync(CancellationToken) },
            },
        });
    }

    /// <summary>Registers an app.</summary>
    public async Task<IResult> RegisterAsync()
    {
        var body = await ApiBody.ReadAsync(Request, Type);
        var (app, secret) = await Registering.RegisterAsync(
            Db,
            Actor,
            Format,
            DetailsOf(body),
            body.Flag("confidential") ?? false,
            body.Time("secret_expires_at"),
            _now,
            CancellationToken);
        var summary = new AppSummary { App = app, LastExercised = null, Users = 0 };
        return ApiAnswer.Created(new { data = Resource(summary, secret?.Secret) });
    }

    /// <summary>One app.</summary>
    public Task<IResult> GetAsync(Id<OAuthApp> id) => AnswerAsync(id);

    /// <summary>Changes an app; what is not sent stays. Fewer scopes end the grants that hold more.</summary>
    public async Task<IResult> UpdateAsync(Id<OAuthApp> id)
    {
        if (await FindAsync(id) is null)
        {
            return NotFound();
        }

        var body = (await ApiBody.ReadAsync(Request, Type)).About(id);
        await Registering.EditAsync(Db, Actor, id, DetailsOf(body), _now, CancellationToken);
        return await AnswerAsync(id);
    }

    /// <summary>Deletes an app here, with all its grants and secrets.</summary>
    public async Task<IResult> DeleteAsync(Id<OAuthApp> id) =>
        await AppStanding.ChangeAsync(Db, Actor, id, app => app.Delete(_now), CancellationToken) is null
            ? NotFound()
            : ApiAnswer.NoContent();

    /// <summary>Disables an app: all its grants end. Doing so twice changes nothing.</summary>
    public async Task<IResult> DisableAsync(Id<OAuthApp> id)
    {
        await AppStanding.DisableAsync(Db, Actor, [id], _now, CancellationToken);
        return await AnswerAsync(id);
    }

    /// <summary>Enables an app; everybody must consent anew.</summary>
    public Task<IResult> EnableAsync(Id<OAuthApp> id) => ChangeAsync(id, app => app.Enable());

    /// <summary>Lets an app be used for the first time.</summary>
    public Task<IResult> ApproveAsync(Id<OAuthApp> id) => ChangeAsync(id, app => app.Approve(Actor.UserId, _now));

    /// <summary>Takes the disabling of an app back, with the grants that ended by it.</summary>
    public async Task<IResult> UndoAsync(Id<OAuthApp> id)
    {
        if (await FindAsync(id) is not { } app)
        {
            return NotFound();
        }

        Delegation.RefuseWider(Actor, app.Scopes);
        await AppStanding.UndoAsync(Db, Actor, id, _now, CancellationToken);
        return await AnswerAsync(id);
    }

    /// <summary>The secrets of an app that are not revoked, oldest first; there are few, so they come on one page.</summary>
    public async Task<IResult> ListSecretsAsync(Id<OAuthApp> id)
    {
        if (await FindAsync(id) is null)
        {
            return NotFound();
        }

        var secrets = await Db.OAuthClientSecrets.Active().AsNoTracking()
            .Where(secret => secret.AppId == id)
            .OrderBy(secret => secret.CreatedAt).ThenBy(secret => secret.Id)
            .ToListAsync(CancellationToken);
        return ApiAnswer.Ok(new { data = secrets.Select(secret => Resource(secret)) });
    }

    /// <summary>Makes another secret, beside those there are.</summary>
    public async Task<IResult> AddSecretAsync(Id<OAuthApp> id)
    {
        if (await FindAsync(id) is null)
        {
            return NotFound();
        }

        var body = await ApiBody.ReadAsync(Request, "oauth_client_secrets");
        var issued = await Registering.AddSecretAsync(
            Db, Actor, Format, id, body.Text("name"), body.Time("expires_at"), _now, CancellationToken);
        return issued is null
            ? NotFound()
            : ApiAnswer.Created(new { data = Resource(issued.Credential, issued.Secret) });
    }

    /// <summary>Keeps the picture that is the body.</summary>
    public async Task<IResult> SetLogoAsync(Id<OAuthApp> id)
    {
        if (await FindAsync(id) is null)
        {
            return NotFound();
        }

        // One byte more than there may be, so that a picture that is too large is told as that.
        var content = new byte[OAuthLogo.SizeMax + 1];
        var length = await Request.Body.ReadAtLeastAsync(
            content, content.Length, throwOnEndOfStream: false, CancellationToken);
        await Registering.SetLogoAsync(Db, Actor, id, content[..length], CancellationToken);
        return ApiAnswer.NoContent();
    }

    /// <summary>Keeps no picture.</summary>
    public async Task<IResult> RemoveLogoAsync(Id<OAuthApp> id) =>
        await Registering.SetLogoAsync(Db, Actor, id, content: null, CancellationToken) is null
            ? NotFound()
            : ApiAnswer.NoContent();

    private static IResult NotFound() => ApiAnswer.NotFound("OAuth app");

    private static AppDetails DetailsOf(ApiBody body) => new(
        body.Text("name"),
        body.Text("publisher"),
        body.Texts("redirect_uris"),
        body.Texts("scopes"),
        body.Text("acts_as") is { } actsAs ? Id<User>.Parse(actsAs, null) : null);

    private async Task<IResult> ChangeAsync(Id<OAuthApp> id, Action<OAuthApp> change)
    {
        // What lets an app act again may not go further than the credential that asks for it.
        var changed = await AppStanding.ChangeAsync(
            Db,
            Actor,
            id,
            app =>
            {
                Delegation.RefuseWider(Actor, app.Scopes);
                change(app);
            },
            CancellationToken);
        return changed is null ? NotFound() : await AnswerAsync(id);
    }

    private Task<OAuthApp?> FindAsync(Id<OAuthApp> id) => Db.OAuthApps.AsNoTracking()
        .SingleOrDefaultAsync(app => app.Id == id && app.DeletedAt == null, CancellationToken);

    private async Task<IResult> AnswerAsync(Id<OAuthApp> id) =>
        await AppSummary.Of(Db).SingleOrDefaultAsync(summary => summary.App.Id == id, CancellationToken) is { } found
            ? ApiAnswer.Ok(new { data = Resource(found) })
            : NotFound();

    private object Resource(AppSummary summary, Secret? secret = null)
    {
        var (app, client) = (summary.App, summary.App.Client);
        var undoable = app.UndoableUntil(Actor.Organization.UndoWindow);
        var attributes = new Dictionary<string, object?>
        {
            ["client_id"] = client.Id.ToString(),
            ["name"] = client.Name,
            ["publisher"] = client.Publisher,
            ["website"] = client.Website,
            ["redirect_uris"] = client.RedirectUris,
            ["scopes"] = client.Scopes,
            ["restricted_to"] = app.RestrictedTo,
            ["confidential"] = client.IsConfidential,
            ["dynamic"] = client.IsDynamic,
            ["created_at"] = Wire.Time(app.CreatedAt),
            ["modified_at"] = Wire.Time(client.ModifiedAt),
            ["approved_at"] = Wire.Time(app.ApprovedAt),
            ["disabled"] = app.DisabledAt is not null,
            ["disabled_at"] = Wire.Time(app.DisabledAt),
            ["undoable_until"] = undoable > _now ? Wire.Time(undoable) : null,
            ["last_exercised"] = Wire.Time(summary.LastExercised),
            ["user_count"] = summary.Users,
        };
        if (secret is not null)
        {
            attributes["client_secret"] = secret.Reveal();
        }

        return new
        {
            type = Type,
            id = app.Id.ToString(),
            attributes,
            relationships = new
            {
                acts_as = Wire.To("users", client.ActsAs),
                created_by = Wire.To("users", app.CreatedBy),
            },
        };
    }

    private static object Resource(OAuthClientSecret held, Secret? secret = null)
    {
        var attributes = new Dictionary<string, object?>
        {
            ["name"] = held.Name,
            ["last4"] = held.Last4,
            ["created_at"] = Wire.Time(held.CreatedAt),
            ["last_used_at"] = Wire.Time(held.LastUsedAt),
            ["expires_at"] = Wire.Time(held.EndsAt),
            ["replaced_by"] = held.ReplacedBy?.ToString(),
        };
        if (secret is not null)
        {
            attributes["client_secret"] = secret.Reveal();
        }

        return new
        {
            type = "oauth_client_secrets",
            id = held.Id.ToString(),
            attributes,
            relationships = new { created_by = Wire.To("users", held.CreatedBy) },
        };
    }

    private static IQueryable<AppSummary> Sorted(IQueryable<AppSummary> apps, ListQuery query) => query.Sort switch
    {
        "created_at" => By(apps, query, summary => summary.App.CreatedAt),
        "last_exercised" => By(apps, query, summary => summary.LastExercised),
        _ => By(apps, query, summary => summary.App.Client.Name),
    };

    // The id decides between equals, so that pages never overlap.
    private static IQueryable<AppSummary> By<TKey>(
        IQueryable<AppSummary> apps,
        ListQuery query,
        System.Linq.Expressions.Expression<Func<AppSummary, TKey>> key) => query.Descending
            ? apps.OrderByDescending(key).ThenByDescending(summary => summary.App.Id)
            : apps.OrderBy(key).ThenBy(summary => summary.App.Id);
}
