using Microsoft.AspNetCore.Identity;

namespace SafetyCenter.Web.Identity;

/// <summary>Length counts, composition does not (NIST SP 800-63B, 3.1.1).</summary>
public static class PasswordRules
{
    /// <summary>The shortest password, in characters.</summary>
    public const int LengthMin = 12;

    /// <summary>The rules, as ASP.NET Core Identity takes them.</summary>
    public static PasswordOptions Options => new()
    {
        RequiredLength = LengthMin,
        RequireDigit = false,
        RequireLowercase = false,
        RequireUppercase = false,
        RequireNonAlphanumeric = false,
        RequiredUniqueChars = 4,
    };
}
