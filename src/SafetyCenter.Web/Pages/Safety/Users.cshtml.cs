using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>Invites nobody accepted, and who is an admin.</summary>
public sealed class UsersModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    private const int AdminsMax = 200;

    /// <summary>Where the list of invites begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterInvites { get; set; }

    /// <summary>The stale invites, longest first.</summary>
    public IReadOnlyList<Invite> Invites { get; private set; } = [];

    /// <summary>Where the next page of invites begins.</summary>
    public Cursor? NextInvites { get; private set; }

    /// <summary>The admins, those who have not signed in for longest first.</summary>
    public IReadOnlyList<User> Admins { get; private set; } = [];

    /// <summary>The finding that there are too many, when it stands.</summary>
    public Finding? TooMany { get; private set; }

    /// <summary>Whether the opposite finding stands.</summary>
    public bool OnlyOne { get; private set; }

    /// <summary>When the rules were last evaluated.</summary>
    public DateTimeOffset? LastChecked { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        (Invites, NextInvites) = await FindingPages.LoadAsync(
            Db, FindingRule.StaleInvite, AfterInvites, Db.Invites.AsNoTracking().Include(invite => invite.User),
            invite => invite.Id, cancellationToken);
        var findings = await Db.Findings.AsNoTracking().Open()
            .Where(finding => finding.SubjectId == Actor.OrganizationId.Value)
            .ToListAsync(cancellationToken);
        TooMany = findings.Find(finding => finding.Rule == FindingRule.TooManyAdmins.Name);
        OnlyOne = findings.Exists(finding => finding.Rule == FindingRule.OnlyOneAdmin.Name);
        Admins = await Db.People.AsNoTracking().Include(user => user.Roles).Admins()
            .OrderBy(admin => admin.LastSignInAt != null).ThenBy(admin => admin.LastSignInAt).ThenBy(admin => admin.Email)
            .Take(AdminsMax)
            .ToListAsync(cancellationToken);
        LastChecked = (await FindingsScan.LastAsync(Db, Actor.OrganizationId, cancellationToken))?.StartedAt;
        return Page();
    }

    /// <summary>Sends an invite again.</summary>
    public async Task<IActionResult> OnPostResendAsync(Id<Invite> invite, CancellationToken cancellationToken) =>
        await Inviting.ResendAsync(Db, Actor, [invite], Now, cancellationToken) is [var sent]
            ? Done($"Sent again to {sent.User.Email}. The old link no longer works.")
            : NotFound();

    /// <summary>Takes an invite back.</summary>
    public async Task<IActionResult> OnPostDeleteAsync(Id<Invite> invite, CancellationToken cancellationToken) =>
        await Inviting.WithdrawAsync(Db, Actor, [invite], Now, cancellationToken) is [var withdrawn]
            ? Done(withdrawn.WithdrawnAt == Now
                ? $"Deleted the invite of {withdrawn.User.Email}. Its link no longer works."
                : $"The invite of {withdrawn.User.Email} was already deleted.")
            : NotFound();

    /// <summary>Takes the admin role away from somebody.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostDemoteAsync(Id<User> user, CancellationToken cancellationToken) =>
        await RoleChange.DemoteAsync(Db, Actor, user, Now, cancellationToken) is { } demoted
            ? Done($"{demoted.DisplayName} is no longer an admin.")
            : NotFound();
}
