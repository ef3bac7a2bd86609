using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

// The half of the tab about admins.
public sealed partial class UsersModel
{
    /// <summary>The admins, who needs it least first.</summary>
    public IReadOnlyList<DemotionAdvice> Admins { get; private set; } = [];

    /// <summary>Whose admin role was taken away so lately that it can be undone, newest first, and what to call them.</summary>
    public IReadOnlyList<(Demotion Demotion, string Name)> Demotions { get; private set; } = [];

    /// <summary>The finding that there are too many, when it stands.</summary>
    public Finding? TooMany { get; private set; }

    /// <summary>Whether the opposite finding stands.</summary>
    public bool OnlyOne { get; private set; }

    /// <summary>Takes the admin role away from somebody.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostDemoteAsync(Id<User> user, CancellationToken cancellationToken) =>
        await RoleChange.DemoteAsync(Db, Actor, user, Now, cancellationToken) is { } demoted
            ? Done($"{demoted.DisplayName} is no longer an admin. This can be undone for {Demotion.UndoWindow.TotalDays:0} days.")
            : NotFound();

    /// <summary>Gives the admin role back to somebody it was taken from.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostUndoDemotionAsync(Id<Demotion> demotion, CancellationToken cancellationToken) =>
        await RoleChange.UndoDemotionAsync(Db, Actor, demotion, Now, cancellationToken) is { } restored
            ? Done($"{restored.DisplayName} is an admin again.")
            : NotFound();

    private async Task ShowAdminsAsync(CancellationToken cancellationToken)
    {
        var subject = Actor.OrganizationId.Value;
        var since = Now - Demotion.UndoWindow;
        var state = await Db.Organizations.AsNoTracking()
            .Where(organization => organization.Id == Actor.OrganizationId)
            .Select(_ => new
            {
                Findings = Db.Findings.Open().Where(finding => finding.SubjectId == subject).ToList(),
                Demotions = (
                    from demotion in Db.Demotions
                    join person in Db.People on demotion.UserId equals person.Id
                    where demotion.UndoneAt == null && demotion.At > since
                    orderby demotion.At descending
                    select new { Demotion = demotion, Person = person }).Take(AdminReview.AdminsMax).ToList(),
            })
            .SingleAsync(cancellationToken);
        TooMany = state.Findings.Find(finding => finding.Rule == FindingRule.TooManyAdmins.Name);
        OnlyOne = state.Findings.Exists(finding => finding.Rule == FindingRule.OnlyOneAdmin.Name);
        Demotions = [.. state.Demotions.Select(row => (row.Demotion, row.Person.DisplayName))];
        var surplus = TooMany is { Measured: { } admins, OutOf: { } people, Threshold: var percent }
            ? DemotionAdvice.Surplus(admins, people, percent)
            : 0;
        Admins = DemotionAdvice.For(
            await AdminReview.LoadAsync(Db, Now, cancellationToken), surplus, Actor.UserId, Now);
        LastChecked = (await FindingsScan.LastAsync(Db, Actor.OrganizationId, cancellationToken))?.StartedAt;
    }
}
