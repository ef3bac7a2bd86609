using Microsoft.AspNetCore.Identity;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Identity;

/// <summary>Finds a login by its address, in whatever case it is typed and however its domain is written.</summary>
public sealed class AddressNormalizer : ILookupNormalizer
{
    /// <inheritdoc />
    public string? NormalizeName(string? name) => NormalizeEmail(name);

    /// <inheritdoc />
    public string? NormalizeEmail(string? email)
    {
        var text = email?.Normalize();
        var domainAt = (text?.LastIndexOf('@') ?? -1) + 1;
        return (domainAt > 0 && Text.Domain(text![domainAt..]) is { } domain ? text[..domainAt] + domain : text)
            ?.ToUpperInvariant();
    }
}
