using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>A page with the form about an app of the organization's own: a new one, or one that is there.</summary>
public abstract class OAuthAppForm(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    // In a list to choose from; more can be named through the API.
    private const int AccountsMax = 100;

    /// <summary>The name.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>Who made it.</summary>
    [BindProperty]
    public string? Publisher { get; set; }

    /// <summary>Where people may be sent back to, one a line.</summary>
    [BindProperty]
    public string? RedirectUris { get; set; }

    /// <summary>What it may ask for: ticked scopes, and names in a field.</summary>
    [BindProperty]
    public List<string?> Scopes { get; set; } = [];

    /// <summary>Whom it acts as when nobody consents; the empty id for nobody.</summary>
    [BindProperty]
    public Id<User> ActsAs { get; set; }

    /// <summary>Whom it can act as, beside who looks: service accounts, and whomever it acts as now.</summary>
    public IReadOnlyList<User> Others { get; private set; } = [];

    /// <summary>Whether it may also act as nobody, because it does so now.</summary>
    public bool MayActAsNobody { get; protected set; }

    /// <summary>Whether the form asks whom it acts as.</summary>
    public abstract bool AsksActsAs { get; }

    /// <summary>The scopes that the form holds.</summary>
    public IReadOnlyList<string> ChosenScopes => ScopeField.Read(Scopes);

    /// <summary>The list of all apps.</summary>
    public string List => $"/o/{Actor.Organization.Slug}/organization-settings/oauth-apps";

    /// <summary>Loads whom it can act as.</summary>
    protected async Task LoadOthersAsync(Id<User>? now, CancellationToken cancellationToken)
    {
        var mayChoose = Actor.May(Permission.ServiceAccountWrite);
        var me = Actor.UserId;
        Others = await Db.People.AsNoTracking()
            .Where(user => user.Id != me
                && (user.Id == now || (mayChoose && user.IsServiceAccount && user.DisabledAt == null)))
            .OrderByDescending(user => user.Id == now).ThenBy(user => user.Name ?? user.Email).ThenBy(user => user.Id)
            .Take(AccountsMax)
            .ToListAsync(cancellationToken);
    }

    /// <summary>What the form says.</summary>
    /// <param name="isConfidential">Whether the app has a secret; one without acts as nobody, which is left unsaid.</param>
    protected AppDetails Details(bool isConfidential) => new(
        Name ?? "",
        Publisher ?? "",
        [
            .. (RedirectUris ?? "").Split(
                ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        ],
        ChosenScopes,
        ActsAs != default && (isConfidential || ActsAs != Actor.UserId) ? ActsAs : null);
}
