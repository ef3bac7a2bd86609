using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace SafetyCenter.Web.Repositories;

/// <summary>The tokens of private repositories: kept encrypted, opened for a fetch, and never shown again.</summary>
public sealed class RepositoryTokens(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("watched-repository");

    /// <summary>A token, encrypted for keeping.</summary>
    public byte[] Seal(string token) => _protector.Protect(Encoding.UTF8.GetBytes(token));

    /// <summary>The token as it was given.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The keys it was encrypted with are lost.</exception>
    public string Open(byte[] sealedToken) => Encoding.UTF8.GetString(_protector.Unprotect(sealedToken));
}
