using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Emails;

/// <summary>What sending emails is made of.</summary>
public static class EmailServices
{
    /// <summary>Registers it: over SMTP where a host is set, else as files.</summary>
    public static void AddEmails(
        this IServiceCollection services, IConfiguration configuration, Installation installation)
    {
        var options = SmtpOptions.Read(configuration, installation.PublicUrl);
        if (options.Host.Length > 0)
        {
            services.AddSingleton<IMailTransport>(
                provider => new SmtpTransport(options, provider.GetRequiredService<TimeProvider>()));
        }
        else
        {
            services.AddSingleton<IMailTransport>(
                new FolderTransport(Path.Combine(installation.DataFolder, "mail"), options.From));
        }

        services.AddSingleton<EmailWake>();
        services.AddSingleton<EmailLinks>();
        services.AddScoped<EmailComposer>();
        services.AddScoped<EmailOutbox>();
        services.AddHostedService<EmailSender>();
    }
}
