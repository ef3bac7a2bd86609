using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>One service account, with the application keys and access tokens it holds.</summary>
[ResponseCache(NoStore = true)]
public sealed class ServiceAccountModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : CredentialListPage(db, actor, time, installation)
{
    private int _held;
    private int _apps;

    /// <summary>The account's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<User> Id { get; set; }

    /// <summary>Where the list of keys begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterKeys { get; set; }

    /// <summary>Where the list of tokens begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterTokens { get; set; }

    /// <summary>The account, with roles.</summary>
    public User Account { get; private set; } = null!;

    /// <summary>Its application keys.</summary>
    public CredentialTable Keys { get; private set; } = null!;

    /// <summary>Its access tokens.</summary>
    public CredentialTable Tokens { get; private set; } = null!;

    /// <summary>What is shown of its standing, and how it is changed.</summary>
    public Standing Standing => new(
        Account,
        _held,
        _apps,
        MayManage: true,
        IsSelf: false,
        Actor.Organization.Slug);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var found = await Db.People.AsNoTracking().Include(user => user.Roles)
            .Where(user => user.Id == Id && user.IsServiceAccount)
            .Select(user => new
            {
                Account = user,
                Held = Db.Set<OwnedCredential>().Keys().Count(key => key.OwnerId == user.Id && key.RevokedAt == null),
                Apps = Db.OAuthGrants.Count(grant => grant.OwnerId == user.Id && grant.RevokedAt == null),
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        Account = found.Account;
        (_held, _apps) = (found.Held, found.Apps);
        var owners = new Dictionary<Id<User>, User> { [Account.Id] = Account };
        var (keys, nextKeys) = await NewestFirstAsync(
            Db.ApplicationKeys.Active().Where(key => key.OwnerId == Id), AfterKeys, cancellationToken);
        var (tokens, nextTokens) = await NewestFirstAsync(
            Db.AccessTokens.Active().Where(token => token.OwnerId == Id), AfterTokens, cancellationToken);
        Keys = new CredentialTable(
            "Active application keys, newest first", "It has no application key.", RightsTo(keys, owners), nextKeys,
            "afterKeys");
        Tokens = new CredentialTable(
            "Active access tokens, newest first", "It has no access token.", RightsTo(tokens, owners), nextTokens,
            "afterTokens");
        Offer(RightsTo(
            await UndoableAsync(
                Db.Set<OwnedCredential>().Keys().Where(owned => owned.OwnerId == Id), cancellationToken),
            owners));
        return Page();
    }

    /// <summary>Gives it an application key or an access token, whose secret is shown this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostCreateAsync(string? what, CancellationToken cancellationToken)
    {
        if (!await IsAccountAsync(cancellationToken))
        {
            return NotFound();
        }

        var end = new EndField(Ends, ExpiresAt, MayLast: true).Read(Now);
        if (what == "token")
        {
            var token = await Issuing.AccessTokenAsync(
                Db, Actor, format, Id, Name, ChosenScopes, end, Now, cancellationToken);
            return token is null ? NotFound() : await ShowOnceAsync(token.Credential, token.Secret, cancellationToken);
        }

        var key = await Issuing.ApplicationKeyAsync(
            Db, Actor, format, Id, Name, ChosenScopes, end, Now, cancellationToken);
        return key is null ? NotFound() : await ShowOnceAsync(key.Credential, key.Secret, cancellationToken);
    }

    // The permission for service accounts gives nobody keys of a person.
    private Task<bool> IsAccountAsync(CancellationToken cancellationToken) =>
        Db.People.AnyAsync(user => user.Id == Id && user.IsServiceAccount, cancellationToken);
}
