using Microsoft.EntityFrameworkCore;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// How often somebody may guess: five tries, then ten minutes of none. A try is taken before it is judged, in one statement, so
/// that a hundred tries at the same moment are five, too.
/// </summary>
public sealed class Lockout(SafetyCenterDb db, TimeProvider time)
{
    /// <summary>How many wrong tries there are.</summary>
    public const int TriesMax = 5;

    /// <summary>How long there are none afterwards.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    /// <summary>Takes one try.</summary>
    /// <returns>Whether there was one left; there is none for a login that does not exist.</returns>
    public async Task<bool> TakeTryAsync(Guid loginId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        DateTimeOffset? until = now + Pause;
        return await db.Users
            .Where(login => login.Id == loginId && (login.LockoutEnd == null || login.LockoutEnd <= now))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(
                        login => login.AccessFailedCount, login => login.LockoutEnd == null ? login.AccessFailedCount + 1 : 1)
                    .SetProperty(
                        login => login.LockoutEnd,
                        login => login.LockoutEnd == null && login.AccessFailedCount + 1 >= TriesMax ? until : null),
                cancellationToken) == 1;
    }

    /// <summary>The try was right, but is only half of the proof: it is given back, and those before it still count.</summary>
    public Task GiveBackAsync(Guid loginId, CancellationToken cancellationToken) =>
        db.Users.Where(login => login.Id == loginId && login.AccessFailedCount > 0).ExecuteUpdateAsync(
            set => set
                .SetProperty(login => login.AccessFailedCount, login => login.AccessFailedCount - 1)
                .SetProperty(login => login.LockoutEnd, (DateTimeOffset?)null),
            cancellationToken);

    /// <summary>They have proved who they are: all tries are there again.</summary>
    public Task ClearAsync(Guid loginId, CancellationToken cancellationToken) =>
        db.Users.Where(login => login.Id == loginId).ExecuteUpdateAsync(
            set => set
                .SetProperty(login => login.AccessFailedCount, 0)
                .SetProperty(login => login.LockoutEnd, (DateTimeOffset?)null),
            cancellationToken);
}
