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

/// <summary>Application keys: one's own, and everybody's for who may see them.</summary>
[ResponseCache(NoStore = true)]
public sealed class ApplicationKeysModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : CredentialListPage(db, actor, time, installation)
{
    /// <summary>Where the list of one's own begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>Where the list of all begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterAll { get; set; }

    /// <summary>A part of a name to look for among all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    /// <summary>One's own keys; null for who may not have any.</summary>
    public CredentialTable? Mine { get; private set; }

    /// <summary>Everybody's keys; null for who may not see them.</summary>
    public CredentialTable? Everybodys { get; private set; }

    /// <summary>How many are active in the organization.</summary>
    public int ActiveKeys { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var (isOwner, seesAll) = (Actor.May(Permission.UserAppKeys), Actor.May(Permission.OrgAppKeysRead));
        var own = Db.ApplicationKeys.Where(key => key.OwnerId == Actor.UserId);
        var (mine, next) = isOwner ? await NewestFirstAsync(own.Active(), After, cancellationToken) : ([], null);
        var (all, nextOfAll) = seesAll
            ? await NewestFirstAsync(Named(Db.ApplicationKeys.Active(), Search), AfterAll, cancellationToken)
            : ([], null);
        var revoked = await UndoableAsync(seesAll ? Db.ApplicationKeys : own, cancellationToken);
        var owners = await OwnersAsync([.. mine, .. all, .. revoked], cancellationToken);
        ActiveKeys = seesAll ? await Db.ActiveCountAsync("application_key", cancellationToken) : 0;
        Mine = isOwner
            ? new CredentialTable(
                "Your active keys, newest first", "You have no application key.", RightsTo(mine, owners), next)
            : null;
        Everybodys = seesAll
            ? new CredentialTable(
                "Active keys of everybody, newest first",
                string.IsNullOrWhiteSpace(Search) ? "Nobody has an application key." : "No active key has that in its name.",
                RightsTo(all, owners),
                nextOfAll,
                "afterAll") { ShowsOwner = true, Search = Search }
            : null;
        Offer(RightsTo(revoked, owners));
        return Page();
    }

    /// <summary>Makes a key of one's own and shows its secret, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        Demand(Permission.UserAppKeys);
        var end = new EndField(Ends, ExpiresAt, MayLast: true).Read(Now);
        var issued = await Issuing.ApplicationKeyAsync(
            Db, Actor, format, Actor.UserId, Name, ChosenScopes, end, Now, cancellationToken);
        return issued is null ? NotFound() : await ShowOnceAsync(issued.Credential, issued.Secret, cancellationToken);
    }

    /// <summary>Those with a part of a name.</summary>
    internal static IQueryable<T> Named<T>(IQueryable<T> credentials, string? part)
        where T : Credential
    {
        if (string.IsNullOrWhiteSpace(part))
        {
            return credentials;
        }

        var pattern = $"%{part.Trim().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
        return credentials.Where(credential => EF.Functions.ILike(credential.Name, pattern, "\\"));
    }
}
