namespace SafetyCenter.Core.OAuth;

/// <summary>Questions about apps, as expressions that the database answers.</summary>
public static class OAuthAppQueries
{
    /// <summary>Those that wait for an admin's approval.</summary>
    public static IQueryable<OAuthApp> Waiting(this IQueryable<OAuthApp> apps) => apps.Where(app =>
        app.ApprovedAt == null && app.DisabledAt == null && app.DeletedAt == null && app.Client.DeletedAt == null);
}
