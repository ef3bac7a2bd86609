using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;
using SafetyCenter.Scanning.Git;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Repositories;

/// <summary>One look into a watched repository.</summary>
/// <remarks>
/// <code>
/// 1. Take the one that is due longest; nobody else takes it for half an hour.
/// 2. Check its address, as when it was added.
/// 3. Fetch what is new into a mirror of our own. One that is gone or damaged is fetched whole again.
/// 4. Look into what cannot be reached from where the last look ended; at first that is the whole history.
/// 5. Report what was found, as hashes with places, for the credentials of its organization alone; of very much, part
///    by part while the rest is looked through.
/// 6. Note where it ended, or why not. When the program is stopped, the next one begins at 1 at once.
/// </code>
/// When it breaks off before 6, the next look finds the same, and a report that came before changes nothing.
/// </remarks>
public sealed class RepositoryLook(
    SafetyCenterDb db,
    RepositoryAddress addresses,
    RepositoryTokens tokens,
    LeakIntake intake,
    SecretFormat format,
    Installation installation,
    IOptions<RepositoryOptions> options,
    TimeProvider time,
    ILogger<RepositoryLook> logger)
{
    /// <summary>So many findings are told in one report.</summary>
    public const int FindingsMax = 10_000;

    private const string Unexpected = "Something went wrong on our side. Whoever runs this installation finds it in the log.";

    /// <summary>Less than the time for which it is ours, however often it has to be fetched and read.</summary>
    private static readonly TimeSpan Patience = WatchedRepository.Lease - TimeSpan.FromMinutes(1);

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    private string Mirrors => Path.Combine(installation.DataFolder, "repositories");

    /// <summary>Looks into the next one that is due.</summary>
    /// <returns>Whether it could be looked through; null when none is due.</returns>
    public async Task<bool?> NextAsync(CancellationToken cancellationToken)
    {
        if (await TakeAsync(cancellationToken) is not { } repository)
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var seen = await LookAsync(repository, patience.Token);
            await NoteAsync(
                repository.Id,
                row => row.Looked(seen.Heads, seen.Totals.Objects, seen.Totals.Bytes, seen.Matched, time.GetUtcNow()),
                cancellationToken);
            logger.LogInformation(
                "Looked into repository {Repository}: {Objects} objects, {Found} of ours",
                repository.Id, seen.Totals.Objects, seen.Matched);
            return true;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await NoteAsync(repository.Id, row => row.GiveBack(), CancellationToken.None);
            throw;
        }
        catch (Exception failure)
        {
            var reason = Reason(failure);
            await NoteAsync(repository.Id, row => row.Failed(reason ?? Unexpected, time.GetUtcNow()), cancellationToken);
            logger.Log(
                reason is null ? LogLevel.Error : LogLevel.Information,
                reason is null ? failure : null,
                "Could not look into repository {Repository}: {Failure}",
                repository.Id,
                failure.GetType().Name);
            return false;
        }
    }

    /// <summary>Deletes the mirrors of what nobody watches any more.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Mirrors))
        {
            return;
        }

        // These first: what is added meanwhile is watched.
        var names = Directory.EnumerateDirectories(Mirrors).Select(Path.GetFileName).ToList();
        var watched = await db.WatchedRepositories.IgnoreQueryFilters(Filter).Active()
            .Select(row => row.Id).ToListAsync(cancellationToken);
        foreach (var name in names.Except(watched.Select(id => id.ToString())))
        {
            new GitMirror(Path.Combine(Mirrors, name!)).Delete();
        }
    }

    private async Task<WatchedRepository?> TakeAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var due = await db.WatchedRepositories
            .FromSql($"""
                SELECT watched.* FROM watched_repositories watched
                JOIN organizations ON organizations.id = watched.organization_id AND organizations.disabled_at IS NULL
                WHERE watched.deleted_at IS NULL AND watched.due_at <= {now}
                  AND (watched.leased_until IS NULL OR watched.leased_until <= {now})
                ORDER BY watched.due_at LIMIT 1 FOR UPDATE OF watched SKIP LOCKED
                """)
            .IgnoreQueryFilters(Filter)
            .SingleOrDefaultAsync(cancellationToken);
        due?.Take(now);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return due;
    }

    private async Task<Seen> LookAsync(WatchedRepository repository, CancellationToken cancellationToken)
    {
        var address = addresses.Read(repository.Url);
        var checkedAddresses = await addresses.CheckAsync(address, cancellationToken);
        var token = repository.SealedToken is { } sealedToken ? tokens.Open(sealedToken) : null;
        var remote = new GitRemote(address, checkedAddresses, repository.UserName, token);
        var mirror = new GitMirror(Path.Combine(Mirrors, repository.Id.ToString()));
        if (mirror.Exists)
        {
            try
            {
                return await LookAsync(repository, mirror, remote, cancellationToken);
            }
            catch (GitDamagedException)
            {
                logger.LogWarning("The copy of repository {Repository} is damaged, and is fetched anew", repository.Id);
                mirror.Delete();
            }
        }

        return await LookAsync(repository, mirror, remote, cancellationToken);
    }

    private async Task<Seen> LookAsync(
        WatchedRepository repository, GitMirror mirror, GitRemote remote, CancellationToken cancellationToken)
    {
        var limits = options.Value.Limits;
        await mirror.FetchAsync(remote, limits, cancellationToken);
        try
        {
            var history = mirror.History();
            var heads = history.Heads();
            if (heads.Count > limits.Heads)
            {
                throw RefusedException.Invalid(
                    $"Its branches and tags point to more than {limits.Heads:N0} commits, and it was left alone.");
            }

            var matched = 0;
            var totals = await new FindingsInParts(FindingsMax, time).RunAsync(
                (pass, enough) => history.Since(repository.Heads)
                    .Scan(new ScanRun(format, threads: 1), pass, (_, _) => { }, enough),
                async findings => matched += await ReportAsync(repository, findings, cancellationToken),
                limits.Time,
                cancellationToken);
            return totals.Missing == 0
                ? new Seen(heads, totals, matched)
                : throw new GitDamagedException($"{totals.Missing:N0} objects of its history are not there.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GitFailedException(
                $"Looking through it took longer than {limits.Time.TotalMinutes} minutes, and was stopped.");
        }
        catch (Exception failure) when (failure is GitFailedException or InvalidDataException)
        {
            // All that was read is ours, so that only we can have lost it.
            throw new GitDamagedException(failure.Message);
        }
    }

    private async Task<int> ReportAsync(
        WatchedRepository repository, IReadOnlyList<Finding> findings, CancellationToken cancellationToken)
    {
        var items = findings.Select((finding, index) => ItemOf(repository, finding, index)).ToList();
        var body = string.Join('\n', items.Select(item => $"{item.Hash} {item.Url}").Order(StringComparer.Ordinal));
        var taken = await intake.TakeAsync(
            new Delivery(
                LeakChannel.Repository,
                $"repository:{repository.Id}",
                repository.Url,
                SHA256.HashData(Encoding.UTF8.GetBytes(body)))
            {
                OrganizationId = repository.OrganizationId,
                IsPublic = repository.IsPublic,
            },
            items,
            cancellationToken);
        return taken.Matched;
    }

    private static ReportedItem ItemOf(WatchedRepository repository, Finding finding, int index) => new(
        index, Token: null, Type: null, PlaceOf(repository.Url, finding), LeakSource.Content)
    {
        Hash = finding.Found.Hash,
    };

    // No host shows the line of a message, or of a file in an archive.
    private static string PlaceOf(string url, Finding finding) =>
        finding.Path.StartsWith('(') || finding.Path.Contains("!/", StringComparison.Ordinal)
            ? $"{Place.Of(repository: null, finding.Path, finding.Found.Line, finding.Commit)} in {url}"
            : Place.Of(url, finding.Path, finding.Found.Line, finding.Commit);

    // Read anew, because it may have been deleted meanwhile.
    private async Task NoteAsync(
        Id<WatchedRepository> id, Action<WatchedRepository> note, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        var row = await db.WatchedRepositories.IgnoreQueryFilters(Filter).Active()
            .SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
        if (row is not null)
        {
            note(row);
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>What to tell an admin; null for what was not foreseen, which is for the operator.</summary>
    private static string? Reason(Exception failure) => failure switch
    {
        RefusedException or GitFailedException => failure.Message,
        CryptographicException => "Its token can no longer be read. Delete the repository, and add it again.",
        IOException or UnauthorizedAccessException => "There is no room for it on our disk.",
        OperationCanceledException => $"It took longer than {Patience.TotalMinutes:0} minutes, and was stopped.",
        _ => null,
    };

    private sealed record Seen(IReadOnlyList<string> Heads, GitTotals Totals, int Matched);
}
