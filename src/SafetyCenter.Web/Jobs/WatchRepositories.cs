using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Looks into the watched repositories that are due, two at a time so that a large one keeps few others waiting.
/// </summary>
public sealed class WatchRepositories(IServiceScopeFactory scopes) : IScheduled
{
    private const int AtATime = 2;

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => LookAsync(cancellationToken)));
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<RepositoryLook>().ForgetAsync(cancellationToken);
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
}
