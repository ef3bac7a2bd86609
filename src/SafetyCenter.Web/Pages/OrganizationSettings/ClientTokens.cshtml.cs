using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The organization's client tokens, whose values stay visible because browsers show them to everybody.</summary>
[ResponseCache(NoStore = true)]
public sealed class ClientTokensModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : CredentialListPage(db, actor, time, installation)
{
    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The active tokens, newest first.</summary>
    public CredentialTable Tokens { get; private set; } = null!;

    /// <summary>How many are active.</summary>
    public int ActiveTokens { get; private set; }

    /// <summary>Whether who looks may make tokens.</summary>
    public bool MayWrite => Actor.May(Permission.ClientTokensWrite);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        ActiveTokens = await Db.ActiveCountAsync("client_token", cancellationToken);
        var (tokens, next) = await NewestFirstAsync(Db.ClientTokens.Active(), After, cancellationToken);
        Tokens = new CredentialTable(
            "Active client tokens, newest first", "There is no client token.", RightsTo(tokens), next);
        Offer(RightsTo(await UndoableAsync(Db.ClientTokens, cancellationToken)));
        return Page();
    }

    /// <summary>Makes a token.</summary>
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        Demand(Permission.ClientTokensWrite);
        var end = new EndField(Ends, ExpiresAt, MayLast: true).Read(Now);
        var issued = await Issuing.ClientTokenAsync(Db, Actor, format, Name, end, Now, cancellationToken);
        return await ShowOnceAsync(issued.Credential, issued.Secret, cancellationToken);
    }
}
