using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Repositories;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>The git repositories into which we look for leaked credentials ourselves.</summary>
public sealed class RepositoriesModel(SafetyCenterDb db, Actor actor, TimeProvider time, Watching watching)
    : OrganizationPage(db, actor, time)
{
    /// <summary>A repository, and how the last look went.</summary>
    public sealed record Row(
        Id<WatchedRepository> Id,
        string Url,
        bool IsPublic,
        string? UserName,
        DateTimeOffset? LookedAt,
        DateTimeOffset DueAt,
        bool IsTaken,
        string? LastError,
        long Objects,
        long Bytes,
        int Found);

    /// <summary>Where the repository is, as typed.</summary>
    [BindProperty(Name = "url")]
    public string? Address { get; set; }

    /// <summary>Whether anybody can read it, as ticked.</summary>
    [BindProperty]
    public bool IsPublic { get; set; }

    /// <summary>Who asks for it, as typed.</summary>
    [BindProperty]
    public string? UserName { get; set; }

    /// <summary>Their token; never shown again.</summary>
    [BindProperty]
    public string? Token { get; set; }

    /// <summary>The repositories. There are at most as many as an organization may have.</summary>
    public IReadOnlyList<Row> Repositories { get; private set; } = [];

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        Repositories = await Db.WatchedRepositories.AsNoTracking().Active()
            .OrderBy(repository => repository.Url)
            .Select(repository => new Row(
                repository.Id,
                repository.Url,
                repository.IsPublic,
                repository.UserName,
                repository.LookedAt,
                repository.DueAt,
                repository.LeasedUntil > Now,
                repository.LastError,
                repository.Objects,
                repository.Bytes,
                repository.Found))
            .ToListAsync(cancellationToken);
        return Page();
    }

    /// <summary>Begins to watch one.</summary>
    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        var added = await watching.AddAsync(Address, IsPublic, UserName, Token, cancellationToken);
        return Done($"Added {added.Url}. The first look begins within a minute and goes through its whole history.");
    }

    /// <summary>Has one looked at now.</summary>
    public async Task<IActionResult> OnPostLookAsync(Id<WatchedRepository> repository, CancellationToken cancellationToken) =>
        await watching.HurryAsync(repository, cancellationToken) is { } hurried
            ? Done($"The next look into {hurried.Url} begins within a minute.")
            : NotFound();

    /// <summary>Ends the watching of one.</summary>
    public async Task<IActionResult> OnPostDeleteAsync(Id<WatchedRepository> repository, CancellationToken cancellationToken) =>
        await watching.DeleteAsync(repository, cancellationToken) is { } deleted
            ? Done($"Deleted {deleted.Url}. Its token is forgotten, and our copy of it goes within a minute. Alerts stay.")
            : NotFound();
}
