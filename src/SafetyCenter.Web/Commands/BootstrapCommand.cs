using System.Security.Cryptography;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Commands;

/// <summary>
/// Founds an organization with its first admin, one API key and one unscoped application key of that admin, and prints
/// them as JSON. This is the only time the keys can be seen.
/// </summary>
public sealed class BootstrapCommand : Command
{
    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        var name = app.Configuration["organization"];
        var email = app.Configuration["admin-email"];
        if (string.IsNullOrWhiteSpace(name) || string.IsNullOrWhiteSpace(email))
        {
            await Console.Error.WriteLineAsync(
                "Usage: bootstrap --organization NAME --admin-email ADDRESS [--admin-password PASSWORD]");
            return 1;
        }

        await using var scope = app.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var db = services.GetRequiredService<SafetyCenterDb>();
        var format = services.GetRequiredService<SecretFormat>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var password = app.Configuration["admin-password"];
        var isMade = string.IsNullOrEmpty(password);
        password = isMade ? RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 20) : password!;

        await using var transaction = await db.Database.BeginTransactionAsync();
        var founding = await services.GetRequiredService<Founding>()
            .FoundAsync(name, email, adminName: null, password, now, CancellationToken.None);
        var apiSecret = format.Mint(SecretKind.ApiKey);
        var applicationSecret = format.Mint(SecretKind.ApplicationKey);
        db.Add(ApiKey.Issue(
            founding.Organization, "Bootstrap", isTaken: false, activeKeys: 0, apiSecret, founding.Admin.Id, now));
        db.Add(new ApplicationKey(founding.Admin, "Bootstrap", [], applicationSecret, now));
        await db.SaveChangesAsync();
        await transaction.CommitAsync();

        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Organization = new { Id = founding.Organization.Id.ToString(), founding.Organization.Slug },
                Admin = new
                {
                    founding.Admin.Email,
                    // A login that was there before keeps its password, which we do not know.
                    Password = founding.IsNewLogin ? password : null,
                },
                ApiKey = apiSecret.Reveal(),
                ApplicationKey = applicationSecret.Reveal(),
            },
            Json));
        return 0;
    }
}
