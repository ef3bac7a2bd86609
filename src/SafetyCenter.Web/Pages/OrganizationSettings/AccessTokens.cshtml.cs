using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Access tokens: one's own, and everybody's for who may see them.</summary>
[ResponseCache(NoStore = true)]
public sealed class AccessTokensModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : CredentialListPage(db, actor, time, installation)
{
    private static readonly string[] Kinds = ["personal_access_token", "service_access_token"];

    /// <summary>Where the list of one's own begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>Where the list of all begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterAll { get; set; }

    /// <summary>A part of a name to look for among all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    /// <summary>One's own tokens; null for who may not have any.</summary>
    public CredentialTable? Mine { get; private set; }

    /// <summary>Everybody's tokens; null for who may not see them.</summary>
    public CredentialTable? Everybodys { get; private set; }

    /// <summary>How many are active in the organization.</summary>
    public long ActiveTokens { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var (isOwner, seesAll) = (Actor.May(Permission.UserAppKeys), Actor.May(Permission.OrgAppKeysRead));
        var own = Db.AccessTokens.Where(token => token.OwnerId == Actor.UserId);
        var (mine, next) = isOwner ? await NewestFirstAsync(own.Active(), After, cancellationToken) : ([], null);
        var (all, nextOfAll) = seesAll
            ? await NewestFirstAsync(
                ApplicationKeysModel.Named(Db.AccessTokens.Active(), Search), AfterAll, cancellationToken)
            : ([], null);
        var revoked = await UndoableAsync(seesAll ? Db.AccessTokens : own, cancellationToken);
        var owners = await OwnersAsync([.. mine, .. all, .. revoked], cancellationToken);
        ActiveTokens = seesAll
            ? await Db.CredentialCounts.Where(count => Kinds.Contains(count.Kind))
                .SumAsync(count => count.Active, cancellationToken)
            : 0;
        Mine = isOwner
            ? new CredentialTable(
                "Your active tokens, newest first", "You have no access token.", RightsTo(mine, owners), next)
            : null;
        Everybodys = seesAll
            ? new CredentialTable(
                "Active tokens of everybody, newest first",
                string.IsNullOrWhiteSpace(Search) ? "Nobody has an access token." : "No active token has that in its name.",
                RightsTo(all, owners),
                nextOfAll,
                "afterAll") { ShowsOwner = true, Search = Search }
            : null;
        Offer(RightsTo(revoked, owners));
        return Page();
    }

    /// <summary>Makes a token of one's own and shows it, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        Demand(Permission.UserAppKeys);
        var end = new EndField(Ends, ExpiresAt, MayLast: false).Read(Now);
        var issued = await Issuing.AccessTokenAsync(
            Db, Actor, format, Actor.UserId, Name, ChosenScopes, end, Now, cancellationToken);
        return issued is null ? NotFound() : await ShowOnceAsync(issued.Credential, issued.Secret, cancellationToken);
    }
}
