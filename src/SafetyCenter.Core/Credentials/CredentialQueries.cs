namespace SafetyCenter.Core.Credentials;

/// <summary>Questions about credentials, as expressions that the database answers.</summary>
public static class CredentialQueries
{
    /// <summary>Those that open something.</summary>
    public static IQueryable<T> Active<T>(this IQueryable<T> credentials)
        where T : Credential => credentials.Where(credential => credential.RevokedAt == null);
}
