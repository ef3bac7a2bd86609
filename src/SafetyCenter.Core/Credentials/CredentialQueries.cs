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

    /// <summary>
    /// Keys and tokens that somebody holds: not what an OAuth app may do, which has no secret of its own.
    /// </summary>
    public static IQueryable<OwnedCredential> Keys(this IQueryable<OwnedCredential> credentials) =>
        credentials.Where(credential => credential.Hash != null);

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
                // That it has a time for retirement says nothing new, but lets the index of those find it.
                || (credential.RetireAt != null
                    && credential.RetiresWhenSilent
                    && credential.RotatedAt <= silentSince
                    && (credential.LastUsedAt == null || credential.LastUsedAt <= silentSince))));
    }

    /// <summary>Those whose end is near enough to be told of; see <see cref="Credential.WarningDue"/>.</summary>
    public static IQueryable<Credential> EndingSoon(this IQueryable<Credential> credentials, DateTimeOffset now)
    {
        var horizon = now.AddDays(Expiry.WarningDays[0]);
        return credentials.Where(credential => credential.RevokedAt == null
            && ((credential.ExpiresAt > now && credential.ExpiresAt <= horizon)
                || (credential.RetireAt > now && credential.RetireAt <= horizon)));
    }

    /// <summary>
    /// Those whose revocation can be undone now, as far as they themselves tell; see
    /// <see cref="Credential.UndoableUntil"/>. One that leaked cannot.
    /// </summary>
    public static IQueryable<Credential> Undoable(
        this IQueryable<Credential> credentials, TimeSpan window, DateTimeOffset now)
    {
        var since = now - window;
        return credentials.Where(credential => credential.RevokedAt > since
            && (credential.RevokedBecause == RevocationReason.ByHand
                || credential.RevokedBecause == RevocationReason.Unused
                || credential.RevokedBecause == RevocationReason.Rotated)
            && (credential.ExpiresAt == null || credential.ExpiresAt > now));
    }
}
