using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Leaks;

/// <summary>What tests of the rules about leaks do again and again.</summary>
internal static class RulesStage
{
    /// <summary>The same answer for every kind.</summary>
    public static LeakRules Every(LeakAction action, int minutes = 60) => new()
    {
        ApiKeys = new LeakResponse(action, minutes),
        ApplicationKeys = new LeakResponse(action, minutes),
        AccessTokens = new LeakResponse(action, minutes),
        OAuthApps = new LeakResponse(action, minutes),
    };

    /// <summary>Sets the rules as the page does.</summary>
    public static Task SetRulesAsync(this App app, TestOrganization organization, LeakRules rules) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            row =>
            {
                row.SetLeakRules(rules);
                return Task.FromResult(true);
            },
            CancellationToken.None));

    /// <summary>Acts on the alert of a credential as a page does.</summary>
    public static Task ActAsync(this App app, TestOrganization organization, Id<Credential> credential, Action<Alert> act) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                act(await db.Alerts.IgnoreQueryFilters([CurrentOrganization.Filter])
                    .Include(alert => alert.Credential)
                    .SingleAsync(alert => alert.CredentialId == credential));
                return true;
            },
            CancellationToken.None));

    /// <summary>The alert of a credential, with its history in order.</summary>
    public static async Task<Alert> AlertOfAsync(this App app, Id<Credential> credential) =>
        Assert.Single(await app.RowsAsync<Alert>(all => all
            .Include(alert => alert.Credential)
            .Include(alert => alert.Events.OrderBy(happened => happened.Number))
            .Where(alert => alert.CredentialId == credential)));

    /// <summary>What happened to it, in order.</summary>
    public static AlertEventKind[] Kinds(this Alert alert) => [.. alert.Events.Select(happened => happened.Kind)];

    /// <summary>Who was told what of one organization, as far as it is about leaks and revocations.</summary>
    public static async Task<(EmailKind Kind, string Recipient)[]> ToldAsync(this App app, TestOrganization organization) =>
    [
        .. (await app.EmailsAsync())
            .Where(email => email.OrganizationId == organization.Id && email.Kind != EmailKind.AccountCredentialMade)
            .Select(email => (email.Kind, email.Recipient))
            .Order(),
    ];

    /// <summary>The words of an email.</summary>
    public static Task<EmailMessage?> WordsAsync(this App app, Email email) => app.InScopeAsync(
        (IServiceProvider services) => ((EmailComposer)services.GetService(typeof(EmailComposer))!)
            .ComposeAsync(email, CancellationToken.None));
}
