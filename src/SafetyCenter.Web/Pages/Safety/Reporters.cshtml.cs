using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>The programs that an organization lets report leaks to it: make, list, revoke.</summary>
[ResponseCache(NoStore = true)]
public sealed class ReportersModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, ReporterTokens tokens, Installation installation)
    : OrganizationPage(db, actor, time)
{
    /// <summary>A reporter, with who made and who revoked it.</summary>
    public sealed record Row(LeakReporter Reporter, string? MadeBy, string? RevokedBy);

    /// <summary>The name of what is to be made.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>How it will prove who it is.</summary>
    [BindProperty]
    public ReporterProof Proof { get; set; }

    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The reporters, newest first.</summary>
    public IReadOnlyList<Row> Reporters { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>What was just made. This answer is the only place where its token is ever shown.</summary>
    public NewReporter? Fresh { get; private set; }

    /// <summary>How to report, for both kinds.</summary>
    public IReadOnlyList<(string Title, string Line)> HowTo =>
        [.. NewReporter.HowTo(ReporterProof.Token, installation), .. NewReporter.HowTo(ReporterProof.Signature, installation)];

    /// <summary>How a reporter proves who it is, in words.</summary>
    public static string WordsOf(ReporterProof proof) =>
        proof == ReporterProof.Token ? "Sends its token" : "Signs its reports";

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var rows = Db.LeakReporters.AsNoTracking();
        if (Cursor.Read(After) is { } cursor)
        {
            var id = new Id<LeakReporter>(cursor.Id);
            rows = rows.Where(reporter => EF.Functions.LessThan(
                ValueTuple.Create(reporter.CreatedAt, reporter.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await rows
            .OrderByDescending(reporter => reporter.CreatedAt).ThenByDescending(reporter => reporter.Id)
            .Select(reporter => new Row(
                reporter,
                Db.People.Where(user => user.Id == reporter.CreatedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                Db.People.Where(user => user.Id == reporter.RevokedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault()))
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        Reporters = [.. page.Take(Cursor.PageSize)];
        Next = page.Count > Cursor.PageSize
            ? new Cursor(Reporters[^1].Reporter.CreatedAt, Reporters[^1].Reporter.Id.Value)
            : null;
        return Page();
    }

    /// <summary>Makes a reporter and shows its token, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || !Enum.IsDefined(Proof))
        {
            throw RefusedException.Invalid("Choose how it proves who it is.", "proof");
        }

        var token = LeakReporter.NewToken(format);
        var made = await Db.LockedAsync(
            Actor.OrganizationId,
            async _ =>
            {
                var active = await Db.LeakReporters.CountAsync(reporter => reporter.RevokedAt == null, cancellationToken);
                var sealedToken = Proof == ReporterProof.Signature ? tokens.Seal(token) : null;
                var reporter = new LeakReporter(
                    Actor.OrganizationId, Name, Proof, token, sealedToken, active, Actor.UserId, Now);
                Db.Add(reporter);
                return reporter;
            },
            cancellationToken);
        Fresh = NewReporter.Of(made, token, installation, HttpContext.Request.Path);
        (Name, Proof) = (null, default);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>Revokes one: what it sends from now on is refused.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(Id<LeakReporter> reporter, CancellationToken cancellationToken)
    {
        var message = await Db.LockedAsync<string?>(
            Actor.OrganizationId,
            async _ =>
            {
                if (await Db.LeakReporters.SingleOrDefaultAsync(row => row.Id == reporter, cancellationToken) is not { } found)
                {
                    return null;
                }

                var isFirst = found.RevokedAt is null;
                found.Revoke(Actor.UserId, Now);
                return isFirst
                    ? $"“{found.Name}” is revoked. What it sends from now on is refused."
                    : $"“{found.Name}” was already revoked.";
            },
            cancellationToken);
        return message is null ? NotFound() : Done(message);
    }
}
