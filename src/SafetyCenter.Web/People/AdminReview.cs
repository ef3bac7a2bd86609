using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.People;

/// <summary>Who is an admin, and what they did lately that only admins may do.</summary>
public static class AdminReview
{
    /// <summary>The most admins that are shown at once.</summary>
    public const int AdminsMax = 200;

    /// <summary>Loads them in one statement; those who have been away longest first.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<(User Admin, IReadOnlyList<AdminDeed> Deeds)>> LoadAsync(
        SafetyCenterDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = now - DemotionAdvice.Span;
        var rows = await db.People.AsNoTracking().Include(user => user.Roles).Admins()
            .OrderBy(admin => admin.LastSignInAt != null).ThenBy(admin => admin.LastSignInAt).ThenBy(admin => admin.Email)
            .Take(AdminsMax)
            .Select(admin => new
            {
                Admin = admin,
                Deeds = db.AuditEvents.OfAdmins()
                    .Where(row => row.ActorId == admin.Id && row.At >= since)
                    .GroupBy(row => new { row.AssetType, row.Name })
                    .Select(same => new
                    {
                        same.Key.AssetType,
                        same.Key.Name,
                        Count = same.Count(),
                        LastAt = same.Max(row => row.At),
                    })
                    .ToList(),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => (
                row.Admin,
                (IReadOnlyList<AdminDeed>)
                [
                    .. row.Deeds.Select(deed => new AdminDeed(
                        AdminActions.Words(deed.AssetType, deed.Name), deed.Count, deed.LastAt)),
                ])),
        ];
    }
}
