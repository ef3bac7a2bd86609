namespace SafetyCenter.Core.Alerts;

/// <summary>Questions about watched repositories.</summary>
public static class WatchedRepositories
{
    /// <summary>Those that somebody still wants to be watched.</summary>
    public static IQueryable<WatchedRepository> Active(this IQueryable<WatchedRepository> repositories) =>
        repositories.Where(repository => repository.DeletedAt == null);
}
