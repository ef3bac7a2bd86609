using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Demo;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Web.Startup;

/// <summary>What is done before the first request: tables, the key that protects cookies, the demo story.</summary>
public static class Preparation
{
    // For a server that starts beside us; whoever starts us again and again, such as a container, waits longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    /// <summary>Has the settings looked at now that would otherwise be when we listen, after all the work.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot be; the message names it.</exception>
    public static void CheckSettings(this WebApplication app) =>
        app.Services.GetService<IStartupValidator>()?.Validate();

    /// <summary>Prepares the database; waits a little for one that is still starting.</summary>
    /// <returns>Whether the demo story stands; it does not where people of their own were founded before.</returns>
    /// <exception cref="NpgsqlException">It cannot be reached, or refuses us.</exception>
    public static async Task<bool> PrepareAsync(this WebApplication app, bool plantDemo)
    {
        await WaitForServerAsync(app);
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SafetyCenterDb>();
        await db.Database.MigrateAsync();
        var now = scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow();
        await ManagedRoles.BringUpAsync(db, PermissionCatalogue.All, now, CancellationToken.None);

        // Made here, once, so that two instances that start together do not each make one.
        scope.ServiceProvider.GetRequiredService<IKeyManager>().GetAllKeys();
        return plantDemo
            && await scope.ServiceProvider.GetRequiredService<DemoStory>().PlantOnceAsync(CancellationToken.None);
    }

    /// <summary>Listens on our own address unless the operator named one.</summary>
    /// <exception cref="CannotStartException">What the operator named is no address.</exception>
    public static void ListenOnDefaultUrl(this WebApplicationBuilder builder)
    {
        string[] settings = ["urls", "http_ports", "https_ports"];
        if (settings.All(setting => string.IsNullOrEmpty(builder.Configuration[setting])))
        {
            builder.WebHost.UseUrls(Installation.DefaultUrl);
        }

        foreach (var url in (builder.Configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                BindingAddress.Parse(url);
            }
            catch (FormatException unreadable)
            {
                throw new CannotStartException(
                    $"The setting ASPNETCORE_URLS is “{url}”; it must be an address such as {Installation.DefaultUrl}.",
                    unreadable);
            }
        }
    }

    /// <summary>Says on standard output where we are and, when it stands, how to get into the demo.</summary>
    public static void PrintAddressWhenStarted(this WebApplication app, bool hasDemo)
    {
        var installation = app.Services.GetRequiredService<Installation>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            Console.WriteLine($"SafetyCenter is at {string.Join(" and ", app.Urls)}");
            if (hasDemo)
            {
                Console.WriteLine($"Sign in as {DemoStory.AdminEmail} with the password {DemoStory.Password}");
            }

            if (string.IsNullOrEmpty(app.Configuration["Smtp:Host"]))
            {
                app.Logger.LogInformation(
                    "Emails are written to {Folder}", Path.Combine(installation.DataFolder, "mail"));
            }
        });
    }

    // Without EF Core, which would wrap what the driver says.
    private static async Task WaitForServerAsync(WebApplication app)
    {
        var source = app.Services.GetRequiredService<NpgsqlDataSource>();
        var deadline = new Deadline(Patience);
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync();
                return;
            }
            catch (NpgsqlException away) when (DatabaseAway.Explains(away) && !deadline.HasPassed)
            {
                app.Logger.LogWarning("The database does not answer yet: {Reason}", away.Message);
                await Task.Delay(BetweenTries);
            }
        }
    }
}
