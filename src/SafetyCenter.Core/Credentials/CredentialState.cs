namespace SafetyCenter.Core.Credentials;

/// <summary>Where a credential stands at a moment.</summary>
public enum CredentialState
{
    /// <summary>It opens what it is for.</summary>
    Active,

    /// <summary>Its own end has come.</summary>
    Expired,

    /// <summary>It was ended, by somebody or by a rotation.</summary>
    Revoked,

    /// <summary>It is off for some minutes, to see who misses it.</summary>
    OffForTest,
}

/// <summary>Tells it from the row and the clock, for an end comes before anybody has written it down.</summary>
public static class CredentialStates
{
    /// <summary>Where it stands.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="latestTest">Its latest test, under way or over; null for none.</param>
    /// <param name="now">The present.</param>
    public static CredentialState StateAt(
        this Credential credential, TestRevocation? latestTest, DateTimeOffset now)
    {
        if (!credential.IsActive)
        {
            return credential.RevokedBecause == RevocationReason.Expired ? CredentialState.Expired : CredentialState.Revoked;
        }

        if (credential.EndsAt is { } end && end <= now)
        {
            return end == credential.ExpiresAt ? CredentialState.Expired : CredentialState.Revoked;
        }

        return latestTest?.IsRunning(now) == true ? CredentialState.OffForTest : CredentialState.Active;
    }
}
