using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>What stops when a user is disabled, and with whom; the chance to give programs another key first.</summary>
[ResponseCache(NoStore = true)]
public sealed class UserDisableModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : OrganizationPage(db, actor, time)
{
    // So many of those who cannot take over are named, with the reason.
    private const int UnableMax = 10;

    /// <summary>The user's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<User> Id { get; set; }

    /// <summary>The service account that was chosen.</summary>
    [BindProperty]
    public Id<User>? Account { get; set; }

    /// <summary>What disabling would do.</summary>
    public Offboarding Offboarding { get; private set; } = null!;

    /// <summary>What was just made for a service account. This answer is the only place where its secret is ever shown.</summary>
    public NewSecret? Fresh { get; private set; }

    /// <summary>The user.</summary>
    public User Person => Offboarding.Person;

    /// <summary>The page about them.</summary>
    public string Back => Standing.PageOf(Person, Actor.Organization.Slug);

    /// <summary>Whether the page is about who looks.</summary>
    public bool IsSelf => Person.Id == Actor.UserId;

    /// <summary>Whether who looks may give service accounts keys.</summary>
    public bool MayHandOver => Actor.May(Permission.ServiceAccountWrite);

    /// <summary>Who could take a key over, and why others cannot.</summary>
    public TakeOver TakeOverOf(KeyUse use)
    {
        var able = new List<User>();
        var unable = new List<(User Account, IReadOnlyList<string> Lacking)>();
        foreach (var account in Offboarding.Accounts)
        {
            var lacking = Offboarding.Lacking(use.Key, account);
            if (lacking.Count == 0)
            {
                able.Add(account);
            }
            else
            {
                unable.Add((account, lacking));
            }
        }

        return new TakeOver(use, able, [.. unable.Take(UnableMax)], Math.Max(0, unable.Count - UnableMax));
    }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (await Offboarding.LoadAsync(Db, Id, Now, cancellationToken) is not { } offboarding)
        {
            return NotFound();
        }

        Offboarding = offboarding;
        return !PeopleLock.Manages(Actor, Person) ? StatusCode(StatusCodes.Status403Forbidden)
            : Person.Status == UserStatus.Disabled ? Redirect(Back)
            : Page();
    }

    /// <summary>Gives a service account a new key in the place of one that will stop, and shows its secret, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostMakeAsync(Id<Credential> key, CancellationToken cancellationToken)
    {
        if (Account is not { } account)
        {
            throw RefusedException.Invalid("Choose a service account.", "account");
        }

        var made = await HandingOver.MakeAsync(Db, Actor, format, Id, key, account, Now, cancellationToken);
        if (made is not var (credential, secret))
        {
            return NotFound();
        }

        Fresh = NewSecret.Of(credential, secret, installation, Request.Path);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>Disables the user, and with them what was shown.</summary>
    public async Task<IActionResult> OnPostDisableAsync(CancellationToken cancellationToken)
    {
        var user = await UserStanding.DisableAsync(Db, Actor, Id, Now, cancellationToken);
        if (user is null)
        {
            return NotFound();
        }

        Message = Standing.Disabled(user);
        return Redirect(Standing.PageOf(user, Actor.Organization.Slug));
    }

    /// <summary>Who could take over what a key does.</summary>
    /// <param name="Use">The key, and who calls with it.</param>
    /// <param name="Able">Service accounts whose roles cover it.</param>
    /// <param name="Unable">Some of the others, with what they lack.</param>
    /// <param name="UnableMore">How many others are not named.</param>
    public sealed record TakeOver(
        KeyUse Use,
        IReadOnlyList<User> Able,
        IReadOnlyList<(User Account, IReadOnlyList<string> Lacking)> Unable,
        int UnableMore);
}
