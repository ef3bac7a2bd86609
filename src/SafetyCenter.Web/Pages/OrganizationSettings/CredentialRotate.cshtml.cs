using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Makes a new credential in the place of an old one; both work until the old one is retired.</summary>
[ResponseCache(NoStore = true)]
public sealed class CredentialRotateModel(
    SafetyCenterDb db, Actor actor, TimeProvider time, SecretFormat format, Installation installation)
    : CredentialPage(db, actor, time)
{
    /// <summary>After how many days the old one can be retired; a week unless another is chosen.</summary>
    public static readonly IReadOnlyList<int> RetireDays = [1, 7, 30];

    private const int RetireDaysUsual = 7;

    /// <summary>The name of the new one; empty for the old name with today's date.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>When the new one ends, from the list.</summary>
    [BindProperty]
    public string? Ends { get; set; }

    /// <summary>When the new one ends, typed.</summary>
    [BindProperty]
    public string? ExpiresAt { get; set; }

    /// <summary>In how many days the old one is retired.</summary>
    [BindProperty]
    public int Retire { get; set; } = RetireDaysUsual;

    /// <summary>When the old one is retired, typed; this wins.</summary>
    [BindProperty]
    public string? RetireAt { get; set; }

    /// <summary>Whether the old one is retired once nobody has used it for a day.</summary>
    [BindProperty]
    public bool WhenSilent { get; set; }

    /// <summary>The new one, on the answer that makes it.</summary>
    public NewSecret? Fresh { get; private set; }

    /// <summary>Whether the new one may have no end.</summary>
    public bool MayLast => Credential is not PersonalAccessToken;

    /// <summary>The name it gets when none is given.</summary>
    public string NameUsual => Lifecycle.SuccessorName(Credential, Now);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!await FindAsync(cancellationToken))
        {
            return NotFound();
        }

        if (!Rights.May(CredentialAct.Rotate))
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        return (Credential.IsActive && Credential.ReplacedBy is null) || Fresh is not null ? Page() : Redirect(Address);
    }

    /// <summary>Begins to rotate, and shows the new secret, this once.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Rotate, cancellationToken) is { } refused)
        {
            return refused;
        }

        var rotation = await Lifecycle.RotateAsync(
            Db,
            Actor,
            format,
            Id,
            Name,
            new EndField(Ends, ExpiresAt, MayLast).Read(Now),
            RetireTime(Retire, RetireAt, Now),
            WhenSilent,
            Now,
            cancellationToken);
        if (rotation is null)
        {
            return NotFound();
        }

        Fresh = NewSecret.Of(rotation.New, rotation.Secret, installation, Address);
        return await ShowAsync(cancellationToken);
    }

    /// <summary>When the old one ends: in some days of the list, or at a time that was typed.</summary>
    /// <exception cref="RefusedException">It is no time, or none of the list.</exception>
    internal static DateTimeOffset RetireTime(int days, string? typed, DateTimeOffset now) =>
        !string.IsNullOrWhiteSpace(typed) ? EndField.At(typed, "retireAt")
        : RetireDays.Contains(days) ? now.AddDays(days)
        : throw RefusedException.Invalid(
            $"Choose {string.Join(", ", RetireDays.Select(day => day.ToString(CultureInfo.InvariantCulture)))} days, "
            + "or a time of your own.",
            "retire");
}
