using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Looks into the watched repositories that are due, two at a time so that a large one keeps few others waiting. A look may
/// take longer than the program has to end: it is cut off then, and done again at the next start.
/// </summary>
public sealed class WatchRepositories(IServiceScopeFactory scopes, IHostApplicationLifetime lifetime) : IScheduled
{
    private const int AtATime = 2;

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => LookAsync(stop.Token)));
        if (!IsStopping)
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<RepositoryLook>().ForgetAsync(stop.Token);
        }

        return new
        {
            Job = "watch-repositories",
            Looked = outcomes.Sum(outcome => outcome.Looked),
            Failed = outcomes.Sum(outcome => outcome.Failed),
        };
    }

    private async Task<(int Looked, int Failed)> LookAsync(CancellationToken cancellationToken)
    {
        var (looked, failed) = (0, 0);
        try
        {
            while (true)
            {
                await using var scope = scopes.CreateAsyncScope();
                switch (await scope.ServiceProvider.GetRequiredService<RepositoryLook>().NextAsync(cancellationToken))
                {
                    case true:
                        looked++;
                        break;
                    case false:
                        failed++;
                        break;
                    case null:
                        return (looked, failed);
                }
            }
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            return (looked, failed);
        }
    }
}
