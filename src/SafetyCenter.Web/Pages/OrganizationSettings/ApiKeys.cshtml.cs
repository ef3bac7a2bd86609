using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The organization's API keys: make, list, revoke, bring back.</summary>
[ResponseCache(NoStore = true)]
public sealed class ApiKeysModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : CredentialListPage(db, actor, time, installation)
{
    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The active keys, newest first.</summary>
    public CredentialTable Keys { get; private set; } = null!;

    /// <summary>How many keys are active.</summary>
    public int ActiveKeys { get; private set; }

    /// <summary>Whether who looks may make keys.</summary>
    public bool MayWrite => Actor.May(Permission.ApiKeysWrite);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        ActiveKeys = await Db.ActiveCountAsync("api_key", cancellationToken);
        var (keys, next) = await NewestFirstAsync(Db.ApiKeys.Active(), After, cancellationToken);
        Keys = new CredentialTable("Active keys, newest first", "There are no further keys.", RightsTo(keys), next);
        Offer(RightsTo(await UndoableAsync(Db.ApiKeys, cancellationToken)));
        return Page();
    }

    /// <summary>Makes a key and shows its secret, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        Demand(Permission.ApiKeysWrite);
        var end = new EndField(Ends, ExpiresAt, MayLast: true).Read(Now);
        var issued = await Issuing.ApiKeyAsync(
            Db, Actor, format, Name, category: null, remoteConfigReadEnabled: null, end, Now, cancellationToken);
        return await ShowOnceAsync(issued.Credential, issued.Secret, cancellationToken);
    }
}
