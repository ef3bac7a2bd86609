using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Demo;

namespace SafetyCenter.Web.Startup;

/// <summary>What is done before the first request: tables, the key that protects cookies, the demo story.</summary>
public static class Preparation
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Prepares the database; waits a minute for one that is still starting.</summary>
    public static async Task PrepareAsync(this WebApplication app, bool plantDemo)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SafetyCenterDb>();
        await WaitForServerAsync(app, db);
        await db.Database.MigrateAsync();

        // Made here, once, so that two instances that start together do not each make one.
        scope.ServiceProvider.GetRequiredService<IKeyManager>().GetAllKeys();
        if (plantDemo)
        {
            await scope.ServiceProvider.GetRequiredService<DemoStory>().PlantOnceAsync(CancellationToken.None);
        }
    }

    /// <summary>Listens on our own address unless the operator named one.</summary>
    public static void ListenOnDefaultUrl(this WebApplicationBuilder builder)
    {
        string[] settings = ["urls", "http_ports", "https_ports"];
        if (settings.All(setting => string.IsNullOrEmpty(builder.Configuration[setting])))
        {
            builder.WebHost.UseUrls(Installation.DefaultUrl);
        }
    }

    /// <summary>Says on standard output where we are, and how to get into the demo.</summary>
    public static void PrintAddressWhenStarted(this WebApplication app)
    {
        var installation = app.Services.GetRequiredService<Installation>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            Console.WriteLine($"SafetyCenter is at {string.Join(" and ", app.Urls)}");
            if (installation.HasDemo)
            {
                Console.WriteLine($"Sign in as {DemoStory.AdminEmail} with the password {DemoStory.Password}");
            }

            if (string.IsNullOrEmpty(app.Configuration["Smtp:Host"]))
            {
                Console.WriteLine($"Emails are written to {Path.Combine(installation.DataFolder, "mail")}");
            }
        });
    }

    private static async Task WaitForServerAsync(WebApplication app, SafetyCenterDb db)
    {
        var until = DateTime.UnixEpoch.AddMilliseconds(Environment.TickCount64) + Patience;
        while (true)
        {
            try
            {
                await db.Database.OpenConnectionAsync();
                await db.Database.CloseConnectionAsync();
                return;
            }
            catch (NpgsqlException away)
                when (away.IsTransient && DateTime.UnixEpoch.AddMilliseconds(Environment.TickCount64) < until)
            {
                app.Logger.LogWarning("The database does not answer yet: {Reason}", away.Message);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }
}
