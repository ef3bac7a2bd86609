using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Repositories;

/// <summary>What admins do to the repositories that their organization watches.</summary>
public sealed class Watching(
    SafetyCenterDb db, Actor actor, RepositoryAddress addresses, RepositoryTokens tokens, TimeProvider time)
{
    private const int UserNameLengthMax = 100;
    private const int TokenLengthMax = 1000;

    // Hosts that take tokens mostly look at nothing else.
    private const string AnyUserName = "git";

    /// <summary>Begins to watch one; it is looked at within a minute.</summary>
    /// <exception cref="RefusedException">It is no address that we would ask, is watched already, or is one too many.</exception>
    public async Task<WatchedRepository> AddAsync(
        string? url, bool isPublic, string? userName, string? token, CancellationToken cancellationToken)
    {
        var address = addresses.Read(url);
        var (user, sealedToken) = Seal(userName?.Trim(), token?.Trim());
        await addresses.CheckAsync(address, cancellationToken);
        return await db.LockedAsync(
            actor.OrganizationId,
            async organization =>
            {
                var watched = await db.WatchedRepositories.Active().Select(row => row.Url).ToListAsync(cancellationToken);
                if (watched.Contains(address.AbsoluteUri))
                {
                    throw RefusedException.Invalid("This repository is watched already.", "url");
                }

                var repository = new WatchedRepository(
                    organization.Id, address, isPublic, user, sealedToken, watched.Count, actor.UserId, time.GetUtcNow());
                db.Add(repository);
                return repository;
            },
            cancellationToken);
    }

    /// <summary>Has one looked at now; null when the organization has none of that id.</summary>
    public Task<WatchedRepository?> HurryAsync(Id<WatchedRepository> id, CancellationToken cancellationToken) =>
        ActAsync(id, repository => repository.Hurry(time.GetUtcNow()), cancellationToken);

    /// <summary>Ends the watching; null when the organization has none of that id.</summary>
    public Task<WatchedRepository?> DeleteAsync(Id<WatchedRepository> id, CancellationToken cancellationToken) =>
        ActAsync(id, repository => repository.Delete(time.GetUtcNow()), cancellationToken);

    private Task<WatchedRepository?> ActAsync(
        Id<WatchedRepository> id, Action<WatchedRepository> act, CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var repository = await db.WatchedRepositories.Active().SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
            if (repository is not null)
            {
                act(repository);
            }

            return repository;
        },
        cancellationToken);

    private (string? UserName, byte[]? SealedToken) Seal(string? userName, string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return string.IsNullOrEmpty(userName)
                ? (null, null)
                : throw RefusedException.Invalid("Give the token that belongs to the user name, or leave both empty.", "token");
        }

        var user = string.IsNullOrEmpty(userName) ? AnyUserName : userName;
        return user.Length > UserNameLengthMax || user.Contains(':') || user.Any(char.IsControl)
            ? throw RefusedException.Invalid("This is no user name.", "userName")
            : token.Length > TokenLengthMax || token.Any(char.IsControl)
                ? throw RefusedException.Invalid("This is no token.", "token")
                : (user, tokens.Seal(token));
    }
}
