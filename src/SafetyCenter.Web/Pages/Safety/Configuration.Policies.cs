using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

// What the organization allows, and what it demands of its people.
public sealed partial class ConfigurationModel
{
    /// <summary>What the form of policies sends; a box that is not ticked sends nothing.</summary>
    public sealed record PolicyInput(
        bool RequireSecondFactor,
        bool AdminOnlyInvites,
        bool LongInvites,
        bool CustomRoles,
        bool EnforceAllowedDomains,
        string? AllowedDomains,
        bool AppApproval,
        string? DisallowedOAuthClients);

    /// <summary>The policies as typed, or else as they are.</summary>
    public PolicyInput Policies { get; private set; } = null!;

    /// <summary>How many active people would be asked to set up a second factor.</summary>
    public int WithoutSecondFactor { get; private set; }

    /// <summary>Sets the policies that were changed.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostPoliciesAsync(PolicyInput policy, CancellationToken cancellationToken)
    {
        Policies = policy;
        var domains = Entries(policy.AllowedDomains);
        if (policy.EnforceAllowedDomains && domains.Length == 0)
        {
            throw RefusedException.Invalid(
                "Name at least one domain, or nobody could be invited.", "policy.AllowedDomains");
        }

        await PeopleLock.DoAsync(
            Db,
            Actor,
            [Permission.OrgManagement],
            organization =>
            {
                if (policy.RequireSecondFactor && !organization.Policies.RequiresSecondFactor)
                {
                    RefuseToLockOneselfOut();
                }

                Set(organization, Policy.RequireSecondFactor, policy.RequireSecondFactor);
                Set(organization, Policy.AdminOnlyInvites, policy.AdminOnlyInvites);
                Set(organization, Policy.LongInvites, policy.LongInvites);
                Set(organization, Policy.CustomRoles, policy.CustomRoles);
                Set(organization, Policy.EnforceAllowedDomains, policy.EnforceAllowedDomains);
                Set(organization, Policy.AppApproval, policy.AppApproval);
                Set(organization, Policy.AllowedDomains, domains);
                Set(organization, Policy.DisallowedOAuthClients, Entries(policy.DisallowedOAuthClients));

                return Task.FromResult(true);
            },
            cancellationToken);
        return Done("Saved. The policies are in force from now on.");
    }

    private async Task ShowPoliciesAsync(CancellationToken cancellationToken)
    {
        var set = Organization.Policies;
        Policies ??= new PolicyInput(
            set.RequiresSecondFactor,
            set.AdminOnlyInvites,
            set.HasLongInvites,
            set.AllowsCustomRoles,
            set.EnforcesAllowedDomains,
            string.Join('\n', set.AllowedDomains),
            set.RequiresAppApproval,
            string.Join('\n', set.DisallowedOAuthClients));
        var covered = SecondFactors.Logins(Db);
        WithoutSecondFactor = await Db.People.ActivePeople()
            .CountAsync(person => !covered.Any(login => login.Id == person.LoginId), cancellationToken);
    }

    private void RefuseToLockOneselfOut()
    {
        if (session.Value?.HasSecondFactor != true)
        {
            throw RefusedException.Invalid(
                "You have signed in without a second factor, and would lock yourself out. Set one up, sign in with it, and "
                + "come back.",
                "policy.RequireSecondFactor");
        }
    }

    // When a policy was last set is told by the API, so that what stays as it is is not set.
    private void Set(Organization organization, Policy<bool> policy, bool value)
    {
        if (policy.In(organization) != value)
        {
            policy.Set(organization, value, Now);
        }
    }

    private void Set(Organization organization, Policy<IReadOnlyCollection<string>> policy, string[] entries)
    {
        if (!entries.SequenceEqual(policy.In(organization)))
        {
            policy.Set(organization, entries, Now);
        }
    }

    private static string[] Entries(string? text) => (text ?? "").Split(
        (char[])[',', ';', ' ', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
}
