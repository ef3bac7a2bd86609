using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>Who uses a credential, and who would miss it: from what was seen, or by turning it off for some minutes.</summary>
internal static class CredentialUseApi
{
    private const string TestType = "test_revocations";

    // So many of those who were refused are listed, busiest first; how many there were in all is told beside.
    private const int RefusedListed = 50;

    /// <summary>Maps it below one credential.</summary>
    public static void MapCredentialUse(this IEndpointRouteBuilder credential)
    {
        credential.MapGet("/usage", UsageAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapGet("/test_revocation", GetTestAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapPost("/test_revocation", TestAsync).Requires([.. Permission.AnyCredentialRead]);
        credential.MapDelete("/test_revocation", StopTestAsync).Requires([.. Permission.AnyCredentialRead]);
    }

    private static async Task<IResult> UsageAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await CredentialsApi.FindAsync(db, actor, id, CredentialAct.Read, cancellationToken)
            is not { Credential: var credential })
        {
            return CredentialsApi.NoCredential();
        }

        var now = time.GetUtcNow();
        var report = await UsageReport.LoadAsync(db, credential, now, cancellationToken);
        var first = await db.Usage.AsNoTracking()
            .Where(use => use.CredentialId == id)
            .OrderBy(use => use.Day).ThenBy(use => use.FirstAt)
            .Select(use => (DateTimeOffset?)use.FirstAt)
            .FirstOrDefaultAsync(cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = new
            {
                type = "credential_usage",
                id = credential.Id.ToString(),
                attributes = new
                {
                    tracked_since = Wire.Time(credential.TrackedSince),
                    first_used_at = Wire.Time(first),
                    last_used_at = Wire.Time(credential.LastUsedAt),
                    last_used_address = credential.LastUsedAddress,
                    last_used_client = credential.LastUsedClient,
                    days = EveryDay(report.Days, DateOnly.FromDateTime(now.UtcDateTime)),
                    callers = report.Callers.Select(caller => new
                    {
                        address = caller.Address,
                        client = caller.Client,
                        service = caller.Service,
                        calls = caller.Calls,
                        first_at = Wire.Time(caller.FirstAt),
                        last_at = Wire.Time(caller.LastAt),
                    }),
                    caller_count = report.CallerCount,
                    scopes_used = report.Scopes.Select(use => use.Scope),
                    scopes_held = ScopesHeld(credential),
                    blast_radius = new
                    {
                        verdict = SnakeCase.Of(report.BlastRadius.Risk.ToString()),
                        reasons = report.BlastRadius.Reasons,
                        unseen = report.BlastRadius.Unseen,
                        calls_per_day = report.BlastRadius.CallsPerDay,
                    },
                },
            },
        });
    }

    private static async Task<IResult> GetTestAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await CredentialsApi.FindAsync(db, actor, id, CredentialAct.Read, cancellationToken) is null)
        {
            return CredentialsApi.NoCredential();
        }

        return await Lifecycle.LatestTestAsync(db, id, cancellationToken) is { } test
            ? ApiAnswer.Ok(new { data = await ResourceAsync(db, test, time.GetUtcNow(), cancellationToken) })
            : NoTest();
    }

    private static async Task<IResult> TestAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await CredentialsApi.FindAsync(db, actor, id, CredentialAct.Revoke, cancellationToken) is null)
        {
            return CredentialsApi.NoCredential();
        }

        var body = await ApiBody.ReadAsync(request, TestType);
        var minutes = body.Number("minutes") ?? throw RefusedException.Invalid("minutes is required.", "minutes");
        var now = time.GetUtcNow();
        return await Lifecycle.TestAsync(db, actor, id, minutes, now, cancellationToken) is { } test
            ? ApiAnswer.Created(new { data = await ResourceAsync(db, test, now, cancellationToken) })
            : CredentialsApi.NoCredential();
    }

    private static async Task<IResult> StopTestAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await CredentialsApi.FindAsync(db, actor, id, CredentialAct.Revoke, cancellationToken) is null)
        {
            return CredentialsApi.NoCredential();
        }

        return await Lifecycle.StopTestAsync(db, actor, id, time.GetUtcNow(), cancellationToken) is null
            ? NoTest()
            : ApiAnswer.NoContent();
    }

    private static async Task<object> ResourceAsync(
        SafetyCenterDb db, TestRevocation test, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var refused = db.RefusedCalls.AsNoTracking().Where(call => call.TestId == test.Id);
        var callers = await refused
            .OrderByDescending(call => call.Calls).ThenBy(call => call.FirstAt)
            .Take(RefusedListed)
            .ToListAsync(cancellationToken);
        return new
        {
            type = TestType,
            id = test.Id.ToString(),
            attributes = new
            {
                started_at = Wire.Time(test.StartedAt),
                ends_at = Wire.Time(test.EndsAt),
                running = test.IsRunning(now),
                refused_calls = await refused.SumAsync(call => call.Calls, cancellationToken),
                refused_caller_count = callers.Count < RefusedListed
                    ? callers.Count
                    : await refused.CountAsync(cancellationToken),
                refused_callers = callers.Select(call => new
                {
                    address = call.Address,
                    client = call.Client,
                    service = call.Service,
                    calls = call.Calls,
                    first_at = Wire.Time(call.FirstAt),
                    last_at = Wire.Time(call.LastAt),
                }),
            },
            relationships = new
            {
                credential = Wire.To("credentials", (Id<Credential>?)test.CredentialId),
                started_by = Wire.To("users", test.StartedBy),
            },
        };
    }

    private static IResult NoTest() => ApiAnswer.NotFound("Test revocation");

    private static IEnumerable<object> EveryDay(IReadOnlyList<DayOfUse> days, DateOnly today)
    {
        var calls = days.ToDictionary(day => day.Day, day => day.Calls);
        return Enumerable.Range(1 - BlastRadius.WindowDays, BlastRadius.WindowDays)
            .Select(today.AddDays)
            .Select(day => new
            {
                day = day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                calls = calls.GetValueOrDefault(day),
            });
    }

    // Null, as in Datadog's API, when there is no limit; what has no owner has nothing that could be limited.
    private static string[]? ScopesHeld(Credential credential) =>
        credential is not OwnedCredential { Scopes: var scopes } ? [] : scopes.Length == 0 ? null : scopes;
}
