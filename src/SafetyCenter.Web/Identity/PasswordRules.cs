using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// Which passwords can be: length counts, composition does not, and what everybody tries first is refused (NIST SP 800-63B,
/// 3.1.1.2). What everybody tries first includes the person's own name and address and their organization's name.
/// </summary>
public sealed class PasswordRules(SafetyCenterDb db) : IPasswordValidator<Login>
{
    /// <summary>The shortest password, in characters.</summary>
    public const int LengthMin = 12;

    /// <summary>The longest password, in characters.</summary>
    public const int LengthMax = 256;

    private const int DifferentMin = 4;

    private static readonly char[] WordBreaks = [' ', '@', '.', '-', '_', '+', ',', '&'];

    /// <inheritdoc />
    public async Task<IdentityResult> ValidateAsync(UserManager<Login> manager, Login user, string? password)
    {
        var known = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Where(person => person.LoginId == user.Id || person.Email == user.Email)
            .Join(
                db.Organizations,
                person => person.OrganizationId,
                organization => organization.Id,
                (person, organization) => new { person.Name, Organization = organization.Name })
            .ToListAsync();
        var complaint = ComplaintAbout(
            password ?? "", [user.Email, .. known.Select(row => row.Name), .. known.Select(row => row.Organization)]);
        return complaint.Length == 0
            ? IdentityResult.Success
            : IdentityResult.Failed(new IdentityError { Code = nameof(PasswordRules), Description = complaint });
    }

    /// <summary>Why a password cannot be, in words for the person; nothing when it can.</summary>
    /// <param name="password">The password.</param>
    /// <param name="about">Names and addresses that others know of the person.</param>
    public static string ComplaintAbout(string password, IEnumerable<string?> about)
    {
        var length = password.EnumerateRunes().Count();
        return length < LengthMin ? $"A password needs at least {LengthMin} characters. A long sentence is best."
            : length > LengthMax ? $"A password can have at most {LengthMax} characters."
            : password.EnumerateRunes().Distinct().Count() < DifferentMin || CommonPasswords.Holds(password, OwnWords(about))
                ? "This password is among the first that others try: it is made of common words, of a name or address of "
                    + "yours, or of a pattern. Several words that have nothing to do with each other make a good one."
            : "";
    }

    // Whole and in parts: "ann.admin@acme.example" is guessed as such, and as ann, admin and acme.
    private static string[] OwnWords(IEnumerable<string?> about) =>
    [
        .. about.OfType<string>()
            .Select(text => text.ToLowerInvariant())
            .SelectMany(text => text.Split('@').Concat(text.Split(WordBreaks)).Append(text)),
    ];
}

/// <summary>
/// Hashes passwords in Unicode NFC (as RFC 8265, 4.2 has it), when one is set and when one is checked: an "é" is one
/// character on one keyboard and two on another.
/// </summary>
public sealed class PasswordHasher(IOptions<PasswordHasherOptions> options) : PasswordHasher<Login>(options)
{
    /// <inheritdoc />
    public override string HashPassword(Login user, string password) =>
        base.HashPassword(user, password.Normalize(NormalizationForm.FormC));

    /// <inheritdoc />
    public override PasswordVerificationResult VerifyHashedPassword(
        Login user, string hashedPassword, string providedPassword) =>
        base.VerifyHashedPassword(user, hashedPassword, providedPassword.Normalize(NormalizationForm.FormC));
}
