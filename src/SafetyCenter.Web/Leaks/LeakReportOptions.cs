using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SafetyCenter.Web.Leaks.Imports;

namespace SafetyCenter.Web.Leaks;

/// <summary>The settings of one partner, such as those under <c>Leaks:GitHub</c>.</summary>
public sealed class LeakReportOptions
{
    /// <summary>
    /// Where the partner publishes the keys it signs its reports with; https, or http on this machine. Without one, its reports
    /// are not taken.
    /// </summary>
    public string? PublicKeysUrl { get; set; }

    /// <summary>
    /// Whether a key that the list calls former (<c>is_current</c> is false) is good while it is listed: a report that was signed
    /// just before a rotation arrives after it.
    /// </summary>
    public bool AcceptsFormerKeys { get; set; } = true;

    /// <summary>Where the settings of a partner stand in the configuration.</summary>
    public static string SectionOf(PartnerOrigin origin) => $"Leaks:{origin.Setting}";

    /// <summary>Why the settings cannot be used, in a sentence for the operator, or null.</summary>
    internal string? Complaint(PartnerOrigin origin)
    {
        if (string.IsNullOrEmpty(PublicKeysUrl) && origin.PublicKeysUrl is null)
        {
            return null;
        }

        if (!Uri.TryCreate(PublicKeysUrl, UriKind.Absolute, out var address)
            || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            return $"{SectionOf(origin)}:PublicKeysUrl must be an https address (http only on this machine), "
                + $"because whoever can change that list can forge leak reports; it is \"{PublicKeysUrl}\".";
        }

        return null;
    }
}

/// <summary>Brings what leak reports need into the container.</summary>
public static class LeakReportSetup
{
    /// <summary>
    /// Adds the options of each partner, which stop the start with a sentence when they are wrong, their key lists, and the
    /// intake.
    /// </summary>
    public static IServiceCollection AddLeaks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<LeakReportOptions>, Validation>();
        foreach (var origin in PartnerOrigin.All)
        {
            services.AddOptions<LeakReportOptions>(origin.Setting)
                .Configure(options => options.PublicKeysUrl = origin.PublicKeysUrl)
                .Bind(configuration.GetSection(LeakReportOptions.SectionOf(origin)))
                .ValidateOnStart();
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PartnerKeys>();
        services.AddSingleton<ReportRates>();
        services.AddScoped<LeakIntake>();
        services.AddScoped<ReporterTokens>();
        services.AddScoped<ReportImport>();
        services.AddSingleton(new AnswerBeat(TimeProvider.System));
        services.AddScoped<ShownSecrets>();
        return services;
    }

    private sealed class Validation : IValidateOptions<LeakReportOptions>
    {
        public ValidateOptionsResult Validate(string? name, LeakReportOptions options) =>
            options.Complaint(PartnerOrigin.All.Single(origin => origin.Setting == name)) is { } complaint
                ? ValidateOptionsResult.Fail(complaint)
                : ValidateOptionsResult.Success;
    }
}
