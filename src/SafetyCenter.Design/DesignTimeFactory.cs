using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Design;

/// <summary>Makes the context for <c>dotnet ef</c>, which needs its model but no database.</summary>
public sealed class DesignTimeFactory : IDesignTimeDbContextFactory<SafetyCenterDb>
{
    /// <inheritdoc />
    public SafetyCenterDb CreateDbContext(string[] args) => new(
        new DbContextOptionsBuilder<SafetyCenterDb>()
            .UseNpgsql("Host=nowhere")
            .UseApplicationServiceProvider(new ServiceCollection()
                // As in Startup/Services: the tables of passkeys belong to this version.
                .Configure<IdentityOptions>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
                .BuildServiceProvider())
            .Options,
        new CurrentOrganization(),
        new Actor(),
        TimeProvider.System,
        new EmailWake(),
        new CredentialsChanged());
}
