using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SafetyCenter.Web.Leaks.Imports;

namespace SafetyCenter.Web.Leaks;

/// <summary>The settings under <c>Leaks:GitHub</c>.</summary>
public sealed class LeakReportOptions
{
    /// <summary>Where they stand in the configuration.</summary>
    public const string Section = "Leaks:GitHub";

    /// <summary>Where GitHub publishes the keys it signs its reports with; https, or http on this machine.</summary>
    public string PublicKeysUrl { get; set; } = "https://api.github.com/meta/public_keys/secret_scanning";

    /// <summary>Why the settings cannot be used, in a sentence for the operator, or null.</summary>
    internal string? Complaint()
    {
        if (!Uri.TryCreate(PublicKeysUrl, UriKind.Absolute, out var address)
            || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            return $"{Section}:PublicKeysUrl must be an https address (http only on this machine), "
                + $"because whoever can change that list can forge leak reports; it is \"{PublicKeysUrl}\".";
        }

        return null;
    }
}

/// <summary>Brings what leak reports need into the container.</summary>
public static class LeakReportSetup
{
    /// <summary>
    /// Adds the options, which stop the start with a sentence when they are wrong, GitHub's key list, and the intake.
    /// </summary>
    public static IServiceCollection AddLeaks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<LeakReportOptions>, Validation>();
        services.AddOptions<LeakReportOptions>()
            .Bind(configuration.GetSection(LeakReportOptions.Section))
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PublicKeyList(
            "GitHub",
            new Uri(provider.GetRequiredService<IOptions<LeakReportOptions>>().Value.PublicKeysUrl),
            PublicKeyList.Connect(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PublicKeyList>>()));
        services.AddScoped<LeakIntake>();
        services.AddScoped<ReporterTokens>();
        services.AddSingleton<ReporterRate>();
        services.AddScoped<ReportImport>();
        return services;
    }

    private sealed class Validation : IValidateOptions<LeakReportOptions>
    {
        public ValidateOptionsResult Validate(string? name, LeakReportOptions options) =>
            options.Complaint() is { } complaint
                ? ValidateOptionsResult.Fail(complaint)
                : ValidateOptionsResult.Success;
    }
}
