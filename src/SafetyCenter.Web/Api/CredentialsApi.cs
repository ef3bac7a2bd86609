using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// How any credential ends and comes back, whatever its kind; ours, beside Datadog's endpoints. First the permission to see
/// some kind, then the credential (404), then the permission for the act (403, which names it), then the body.
/// </summary>
internal static class CredentialsApi
{
    private const string NotFound = "Credential";

    /// <summary>Maps it.</summary>
    public static void MapCredentials(this IEndpointRouteBuilder routes)
    {
        var safetyCenter = routes.MapGroup("/safety_center");
        safetyCenter.MapGet("/revoked_credentials", ListRevokedAsync).Requires([.. Permission.AnyCredentialRead]);
        var credential = safetyCenter.MapGroup("/credentials/{id}");
        credential.MapGet("", GetAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapPost("/revoke", RevokeAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapPost("/undo", UndoAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapPut("/expiry", ExpireAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapPost("/rotate", RotateAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapPatch("/retirement", RetireAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapCredentialUse();
    }

    /// <summary>Finds a credential for an act.</summary>
    /// <returns>The credential and the rights; null when there is none, or it may not be seen.</returns>
    /// <exception cref="RefusedException">The act needs another permission, or is not for a narrower credential.</exception>
    internal static async Task<CredentialRights?> FindAsync(
        SafetyCenterDb db, Actor actor, Id<Credential> id, CredentialAct act, CancellationToken cancellationToken)
    {
        var rights = await CredentialRights.FindAsync(db, actor, id, cancellationToken);
        rights?.Demand(act);
        if (rights is not null && act is CredentialAct.Edit or CredentialAct.Rotate)
        {
            Delegation.RefuseToEdit(actor, rights.Credential);
        }

        return rights;
    }

    /// <summary>Nothing of that id, or nothing that may be seen.</summary>
    internal static IResult NoCredential() => ApiAnswer.NotFound(NotFound);

    private static async Task<IResult> ListRevokedAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, ["revoked_at"]);
        var now = time.GetUtcNow();
        var revoked = CredentialRights.Readable(db, actor).AsNoTracking()
            .Undoable(actor.Organization.UndoWindow, now)
            .Where(credential => !db.Alerts.Any(alert => alert.CredentialId == credential.Id));
        var page = await revoked
            .OrderByDescending(credential => credential.RevokedAt).ThenByDescending(credential => credential.Id)
            .Skip(query.Skip)
            .Take(query.Size)
            .ToListAsync(cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(credential => Resource(credential, actor, hasLeaked: false, latestTest: null, now)),
            meta = new { page = new { total_filtered_count = await revoked.CountAsync(cancellationToken) } },
        });
    }

    private static async Task<IResult> GetAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken) =>
        await FindAsync(db, actor, id, CredentialAct.Read, cancellationToken) is { Credential: var credential }
            ? await AnswerAsync(db, actor, credential, time.GetUtcNow(), cancellationToken)
            : NoCredential();

    private static async Task<IResult> RevokeAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, actor, id, CredentialAct.Revoke, cancellationToken) is null)
        {
            return NoCredential();
        }

        var now = time.GetUtcNow();
        await Revoking.RevokeAsync(db, actor, [id], RevocationReason.ByHand, now, cancellationToken);
        var credential = await db.Credentials.SingleAsync(credential => credential.Id == id, cancellationToken);
        return await AnswerAsync(db, actor, credential, now, cancellationToken);
    }

    private static async Task<IResult> UndoAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await FindAsync(db, actor, id, CredentialAct.Edit, cancellationToken) is not null
            && await Lifecycle.UndoAsync(db, actor, id, now, cancellationToken) is { } credential
                ? await AnswerAsync(db, actor, credential, now, cancellationToken)
                : NoCredential();
    }

    private static async Task<IResult> ExpireAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await FindAsync(db, actor, id, CredentialAct.Edit, cancellationToken) is null)
        {
            return NoCredential();
        }

        var body = await ApiBody.ReadAsync(request, "expiries");
        if (!body.Has("expires_at"))
        {
            throw RefusedException.Invalid("expires_at is required: a time, or null for no end.", "expires_at");
        }

        var now = time.GetUtcNow();
        return await Lifecycle.ExpireAsync(db, actor, id, body.Time("expires_at"), now, cancellationToken) is { } credential
            ? await AnswerAsync(db, actor, credential, now, cancellationToken)
            : NoCredential();
    }

    private static async Task<IResult> RotateAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await FindAsync(db, actor, id, CredentialAct.Rotate, cancellationToken) is null)
        {
            return NoCredential();
        }

        var body = await ApiBody.ReadAsync(request, "rotations");
        var now = time.GetUtcNow();
        var rotation = await Lifecycle.RotateAsync(
            db,
            actor,
            format,
            id,
            body.Text("name"),
            body.Time("expires_at"),
            body.Time("retire_at") ?? throw RefusedException.Invalid(
                "retire_at is required: until when the old credential works beside the new one.", "retire_at"),
            body.Flag("retire_when_silent") ?? false,
            now,
            cancellationToken);
        return rotation is null ? NoCredential() : ApiAnswer.Created(new
        {
            data = Resource(rotation.New, actor, hasLeaked: false, latestTest: null, now, rotation.Secret),
            included = new[] { Resource(rotation.Old, actor, hasLeaked: false, latestTest: null, now) },
        });
    }

    private static async Task<IResult> RetireAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await FindAsync(db, actor, id, CredentialAct.Edit, cancellationToken) is not { Credential: var before })
        {
            return NoCredential();
        }

        // What was not sent stays. One that is not being replaced has no time to keep, and is refused for that.
        var body = await ApiBody.ReadAsync(request, "retirements");
        var now = time.GetUtcNow();
        var retired = await Lifecycle.RetireAsync(
            db,
            actor,
            id,
            body.Time("retire_at") ?? before.RetireAt ?? now,
            body.Flag("retire_when_silent") ?? before.RetiresWhenSilent,
            now,
            cancellationToken);
        return retired is null ? NoCredential() : await AnswerAsync(db, actor, retired, now, cancellationToken);
    }

    private static async Task<IResult> AnswerAsync(
        SafetyCenterDb db, Actor actor, Credential credential, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hasLeaked = await Lifecycle.HasLeakedAsync(db, credential.Id, cancellationToken);
        var test = await Lifecycle.LatestTestAsync(db, credential.Id, cancellationToken);
        return ApiAnswer.Ok(new { data = Resource(credential, actor, hasLeaked, test, now) });
    }

    private static object Resource(
        Credential credential,
        Actor actor,
        bool hasLeaked,
        TestRevocation? latestTest,
        DateTimeOffset now,
        Secret? secret = null)
    {
        var undoable = credential.UndoableUntil(actor.Organization.UndoWindow, hasLeaked);
        var attributes = new Dictionary<string, object?>
        {
            ["kind"] = KindOf(credential),
            ["name"] = credential.Name,
            ["last4"] = credential.Last4,
            ["state"] = SnakeCase.Of(credential.StateAt(latestTest, now).ToString()),
            ["created_at"] = Wire.Time(credential.CreatedAt),
            ["last_used_at"] = Wire.Time(credential.LastUsedAt),
            ["expires_at"] = Wire.Time(credential.ExpiresAt),
            ["ends_at"] = Wire.Time(credential.EndsAt),
            ["replaced_by"] = credential.ReplacedBy?.ToString(),
            ["rotated_at"] = Wire.Time(credential.RotatedAt),
            ["retire_at"] = Wire.Time(credential.RetireAt),
            ["retires_when_silent"] = credential.RetiresWhenSilent,
            ["revoked_at"] = Wire.Time(credential.RevokedAt),
            ["revoked_because"] = credential.RevokedBecause is { } reason ? SnakeCase.Of(reason.ToString()) : null,
            ["undoable_until"] = undoable > now ? Wire.Time(undoable) : null,
        };
        if (credential is OwnedCredential { Scopes: var scopes })
        {
            attributes["scopes"] = scopes.Length == 0 ? null : scopes;
        }

        if (secret is not null)
        {
            attributes["key"] = secret.Reveal();
        }

        return new
        {
            type = "credentials",
            id = credential.Id.ToString(),
            attributes,
            relationships = new
            {
                created_by = Wire.To("users", credential.CreatedBy),
                owned_by = Wire.To("users", (credential as OwnedCredential)?.OwnerId),
                revoked_by = Wire.To("users", credential.RevokedBy),
            },
        };
    }

    // OAuth is one word.
    private static string KindOf(Credential credential) =>
        SnakeCase.Of(credential.GetType().Name.Replace("OAuth", "Oauth", StringComparison.Ordinal));
}
