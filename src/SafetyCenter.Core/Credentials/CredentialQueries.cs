namespace SafetyCenter.Core.Credentials;

/// <summary>Questions about credentials, as expressions that the database answers.</summary>
public static class CredentialQueries
{
    /// <summary>Those that open something.</summary>
    public static IQueryable<T> Active<T>(this IQueryable<T> credentials)
        where T : Credential => credentials.Where(credential => credential.RevokedAt == null);

    /// <summary>
    /// Those that open something at that moment: also when nobody has come round yet to end what is over, its own end counts.
    /// </summary>
    public static IQueryable<T> ActiveAt<T>(this IQueryable<T> credentials, DateTimeOffset now)
        where T : Credential => credentials.Where(credential =>
            credential.RevokedAt == null
            && (credential.ExpiresAt == null || credential.ExpiresAt > now)
            && (credential.RetireAt == null || credential.RetireAt > now));

    /// <summary>Those that open something and have no end; see <see cref="Credential.IsLasting"/>.</summary>
    public static IQueryable<T> Lasting<T>(this IQueryable<T> credentials)
        where T : Credential => credentials.Where(credential =>
            credential.RevokedAt == null && credential.ExpiresAt == null && credential.RetireAt == null);

    /// <summary>
    /// Those that <see cref="Credential.EndIfDue"/> would end: their end has come, or they were to be retired once nobody
    /// had used them for a day.
    /// </summary>
    public static IQueryable<Credential> DueToEnd(this IQueryable<Credential> credentials, DateTimeOffset now)
    {
        var silentSince = now - Expiry.Silence;
        return credentials.Where(credential => credential.RevokedAt == null
            && (credential.ExpiresAt <= now
                || credential.RetireAt <= now
                || (credential.RetiresWhenSilent
                    && credential.RotatedAt <= silentSince
                    && (credential.LastUsedAt == null || credential.LastUsedAt <= silentSince))));
    }
}
