using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>
/// Turns a credential off for some minutes, to see who would miss it. It comes back by itself, because what is off is
/// decided by the clock and not by anybody's remembering to switch it on again.
/// </summary>
public sealed class TestRevocation
{
    /// <summary>The shortest test.</summary>
    public const int MinutesMin = 1;

    /// <summary>The longest test.</summary>
    public const int MinutesMax = 15;

    /// <summary>Begins a test.</summary>
    /// <param name="credential">What is turned off.</param>
    /// <param name="minutes">For how long.</param>
    /// <param name="running">The test that is under way on it, if any.</param>
    /// <param name="by">Who tests.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">A length that cannot be, a revoked credential, or a test under way.</exception>
    public TestRevocation(Credential credential, int minutes, TestRevocation? running, Id<User>? by, DateTimeOffset now)
    {
        if (minutes is < MinutesMin or > MinutesMax)
        {
            throw RefusedException.Invalid(
                $"A test revocation lasts from {MinutesMin} to {MinutesMax} minutes.", "minutes");
        }

        if (!credential.IsActive || credential.EndsAt <= now)
        {
            throw RefusedException.Invalid($"“{credential.Name}” is not active: there is nothing to test.");
        }

        if (running?.IsRunning(now) == true)
        {
            throw RefusedException.Invalid(
                $"A test of “{credential.Name}” is under way until {Moment.Exact(running.EndsAt)}.");
        }

        Id = Id<TestRevocation>.New(now);
        OrganizationId = credential.OrganizationId;
        CredentialId = credential.Id;
        StartedAt = now;
        EndsAt = now.AddMinutes(minutes);
        StartedBy = by;
    }

    // For EF Core.
    private TestRevocation()
    {
    }

    /// <summary>Its id.</summary>
    public Id<TestRevocation> Id { get; private set; }

    /// <summary>The organization.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>What was turned off.</summary>
    public Id<Credential> CredentialId { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When it came back, or will.</summary>
    public DateTimeOffset EndsAt { get; private set; }

    /// <summary>Who tested.</summary>
    public Id<User>? StartedBy { get; private set; }

    /// <summary>Whether the credential is off.</summary>
    public bool IsRunning(DateTimeOffset now) => now < EndsAt;

    /// <summary>Turns the credential on again. Doing so after the end changes nothing.</summary>
    public void Stop(DateTimeOffset now) => EndsAt = now < EndsAt ? now : EndsAt;
}

/// <summary>Who was refused while a credential was off for a test.</summary>
public sealed class RefusedCall
{
    /// <summary>The test.</summary>
    public Id<TestRevocation> TestId { get; private set; }

    /// <summary>Whose credential; for the organization filter.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The caller's address.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The caller's client (User-Agent).</summary>
    public string Client { get; private set; } = "";

    /// <summary>The service the caller said it is.</summary>
    public string Service { get; private set; } = "";

    /// <summary>How many calls were refused.</summary>
    public long Calls { get; private set; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset FirstAt { get; private set; }

    /// <summary>The last of them.</summary>
    public DateTimeOffset LastAt { get; private set; }
}
