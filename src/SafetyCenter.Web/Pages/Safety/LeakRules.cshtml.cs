using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>How the organization answers leaks; and, before that is saved, what it would have done with the last ones.</summary>
public sealed class LeakRulesModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>So many leaks are tried at most, the newest first.</summary>
    private const int TriedMax = 10_000;

    /// <summary>What is typed for one kind.</summary>
    public sealed record ResponseInput(LeakAction Action, int? Minutes)
    {
        /// <summary>A rule as the form shows it.</summary>
        public static ResponseInput Of(LeakResponse response) => new(response.Action, response.Minutes);

        /// <summary>The rule that it says. A rule that waits for nothing has no need of minutes.</summary>
        public LeakResponse Response => new(Action, Minutes ?? (Waits ? 0 : LeakResponse.Default.Minutes));

        private bool Waits => Action is LeakAction.RevokeLater or LeakAction.Rotate;
    }

    /// <summary>What the form sends; a box that is not ticked sends nothing.</summary>
    public sealed record RulesInput(
        ResponseInput? ApiKeys,
        ResponseInput? ApplicationKeys,
        ResponseInput? AccessTokens,
        ResponseInput? OAuthApps,
        bool RevokesShown,
        bool ReopensWhenSeenAgain,
        int? CriticalDueHours,
        int? HighDueHours)
    {
        /// <summary>Rules as the form shows them.</summary>
        public static RulesInput Of(LeakRules rules) => new(
            ResponseInput.Of(rules.ApiKeys),
            ResponseInput.Of(rules.ApplicationKeys),
            ResponseInput.Of(rules.AccessTokens),
            ResponseInput.Of(rules.OAuthApps),
            rules.RevokesShown,
            rules.ReopensWhenSeenAgain,
            rules.CriticalDueHours,
            rules.HighDueHours);

        /// <summary>Whether there is an answer for each kind.</summary>
        public bool IsWhole => (ApiKeys, ApplicationKeys, AccessTokens, OAuthApps) is (not null, not null, not null, not null);

        /// <summary>The rules that it says.</summary>
        public LeakRules Rules => new()
        {
            ApiKeys = ApiKeys?.Response ?? LeakResponse.Default,
            ApplicationKeys = ApplicationKeys?.Response ?? LeakResponse.Default,
            AccessTokens = AccessTokens?.Response ?? LeakResponse.Default,
            OAuthApps = OAuthApps?.Response ?? LeakResponse.Default,
            RevokesShown = RevokesShown,
            ReopensWhenSeenAgain = ReopensWhenSeenAgain,
            CriticalDueHours = CriticalDueHours ?? 0,
            HighDueHours = HighDueHours ?? 0,
        };

        /// <summary>What is typed for a kind.</summary>
        public LeakResponse For(LeakedKind kind) => Rules.For(kind);
    }

    /// <summary>The rules as typed, or else as they are.</summary>
    [BindProperty]
    public RulesInput? Typed { get; set; }

    /// <summary>What to show in the fields.</summary>
    public RulesInput Shown => Typed ?? RulesInput.Of(Actor.Organization.LeakRules);

    /// <summary>What these rules would have done, after somebody asked.</summary>
    public IReadOnlyList<DryRun>? Tried { get; private set; }

    /// <inheritdoc />
    public override Task<IActionResult> ShowAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IActionResult>(Page());

    /// <summary>Tells what these rules would have done with the leaks of the last 90 days. Saves nothing.</summary>
    public async Task<IActionResult> OnPostTryAsync(CancellationToken cancellationToken)
    {
        Tried = DryRun.Of(await PastLeaksAsync(cancellationToken), Read().Checked(), Now);
        return Page();
    }

    /// <summary>Sets the rules.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostSaveAsync(CancellationToken cancellationToken)
    {
        var rules = Read();
        await Db.LockedAsync(
            Actor.OrganizationId,
            organization =>
            {
                organization.SetLeakRules(rules);
                return Task.FromResult(true);
            },
            cancellationToken);
        return Done("Saved. Leaks that are reported from now on are answered like this.");
    }

    private LeakRules Read() => ModelState.IsValid && Typed is { IsWhole: true } typed
        ? typed.Rules
        : throw RefusedException.Invalid("Choose an answer for each kind, and whole numbers of minutes and hours.");

    // One statement, however many leaks: what was the last key then is asked of the keys of that time.
    private async Task<List<PastLeak>> PastLeaksAsync(CancellationToken cancellationToken)
    {
        var since = Now - DryRun.Past;
        var rows = await Db.Alerts.OfLeaks()
            .Where(alert => alert.RaisedAt > since && alert.DueAt != null)
            .OrderByDescending(alert => alert.RaisedAt)
            .Take(TriedMax)
            .Select(alert => new
            {
                Kind = alert.Credential is ApiKey ? LeakedKind.ApiKeys
                    : alert.Credential is ApplicationKey ? LeakedKind.ApplicationKeys
                    : alert.Credential is AccessToken ? LeakedKind.AccessTokens
                    : LeakedKind.OAuthApps,
                alert.RaisedAt,
                alert.Credential.RevokedAt,
                UsedAt = Db.Usage
                    .Where(use => use.CredentialId == alert.CredentialId
                        && use.LastAt > alert.RaisedAt && use.FirstAt < alert.RaisedAt + DryRun.Watched)
                    .Max(use => (DateTimeOffset?)use.LastAt),
                IsLastKey = alert.Credential is ApiKey
                    && alert.Credential.ExpiresAt == null
                    && (alert.Credential.RotatedAt == null || alert.Credential.RotatedAt > alert.RaisedAt)
                    && !Db.ApiKeys.Any(other => other.Id != alert.CredentialId
                        && other.CreatedAt <= alert.RaisedAt
                        && (other.RevokedAt == null || other.RevokedAt > alert.RaisedAt)
                        && other.ExpiresAt == null
                        && (other.RotatedAt == null || other.RotatedAt > alert.RaisedAt)),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => new PastLeak(row.Kind, row.RaisedAt, row.RevokedAt, row.UsedAt, row.IsLastKey)),
        ];
    }
}
