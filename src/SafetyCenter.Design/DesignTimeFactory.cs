using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Design;

/// <summary>Makes the context for <c>dotnet ef</c>, which needs its model but no database.</summary>
public sealed class DesignTimeFactory : IDesignTimeDbContextFactory<SafetyCenterDb>
{
    /// <inheritdoc />
    public SafetyCenterDb CreateDbContext(string[] args) => new(
        new DbContextOptionsBuilder<SafetyCenterDb>().UseNpgsql("Host=nowhere").Options,
        new CurrentOrganization(),
        new Actor(),
        TimeProvider.System,
        new EmailWake(),
        new CredentialsChanged());
}
