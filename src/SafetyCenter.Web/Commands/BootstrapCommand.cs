using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Commands;

/// <summary>
/// Founds an organization with its first admin, one API key and one unscoped application key of that admin, and prints
/// them as JSON. This is the only time the keys can be seen.
/// </summary>
public sealed class BootstrapCommand : Command
{
    private const string MadePasswordLetters = "abcdefghijkmnpqrstuvwxyz23456789";
    private const int MadePasswordLength = 20;

    private readonly string _organization;
    private readonly string _adminEmail;
    private readonly string? _adminPassword;

    private BootstrapCommand(string organization, string adminEmail, string? adminPassword) =>
        (_organization, _adminEmail, _adminPassword) = (organization, adminEmail, adminPassword);

    /// <summary>Takes its options from the command line.</summary>
    /// <exception cref="UsageException">The organization or its admin is not named.</exception>
    public static BootstrapCommand Read(IConfiguration configuration)
    {
        var organization = configuration["organization"];
        var adminEmail = configuration["admin-email"];
        var adminPassword = configuration["admin-password"];
        return string.IsNullOrWhiteSpace(organization) || string.IsNullOrWhiteSpace(adminEmail)
            ? throw new UsageException(
                "Usage: bootstrap --organization NAME --admin-email ADDRESS [--admin-password PASSWORD]")
            : new BootstrapCommand(
                organization, adminEmail, string.IsNullOrEmpty(adminPassword) ? null : adminPassword);
    }

    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<Actor>().IsOperator();
        var db = services.GetRequiredService<SafetyCenterDb>();
        var format = services.GetRequiredService<SecretFormat>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var password = _adminPassword ?? RandomNumberGenerator.GetString(MadePasswordLetters, MadePasswordLength);

        await using var transaction = await db.Database.BeginTransactionAsync();
        var founding = await services.GetRequiredService<Founding>()
            .FoundAsync(_organization, _adminEmail, adminName: null, password, now, CancellationToken.None);
        var isPasswordGood = founding.IsNewLogin
            || await IsPasswordOfAsync(services.GetRequiredService<UserManager<Login>>(), founding.Admin.Email, password);
        if (_adminPassword is not null && !isPasswordGood)
        {
            await Console.Error.WriteLineAsync(
                $"{founding.Admin.Email} can sign in already, with another password. "
                + "Leave --admin-password out to keep that one, or name another admin.");
            return 1;
        }

        var apiSecret = format.Mint(SecretKind.ApiKey);
        var applicationSecret = format.Mint(SecretKind.ApplicationKey);
        db.Add(ApiKey.Issue(
            founding.Organization, "Bootstrap", isTaken: false, activeKeys: 0, apiSecret, founding.Admin.Id, now));
        db.Add(new ApplicationKey(founding.Admin, "Bootstrap", [], applicationSecret, now));
        await db.SaveChangesAsync();
        await transaction.CommitAsync();

        if (!isPasswordGood)
        {
            await Console.Error.WriteLineAsync(
                $"{founding.Admin.Email} can sign in already, and keeps the password, which is not known here.");
        }

        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Organization = new { Id = founding.Organization.Id.ToString(), founding.Organization.Slug },
                Admin = new { founding.Admin.Email, Password = isPasswordGood ? password : null },
                ApiKey = apiSecret.Reveal(),
                ApplicationKey = applicationSecret.Reveal(),
            },
            Json));
        return 0;
    }

    private static async Task<bool> IsPasswordOfAsync(UserManager<Login> logins, string email, string password) =>
        await logins.FindByEmailAsync(email) is { } login && await logins.CheckPasswordAsync(login, password);
}
