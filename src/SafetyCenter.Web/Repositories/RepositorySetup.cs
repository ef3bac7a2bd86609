using System.Net;
using Microsoft.Extensions.Options;

namespace SafetyCenter.Web.Repositories;

/// <summary>Brings what watched repositories need into the container.</summary>
public static class RepositorySetup
{
    /// <summary>Adds the options, which stop the start with a sentence when they are wrong, and what looks.</summary>
    public static IServiceCollection AddRepositories(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<RepositoryOptions>, Validation>();
        services.AddOptions<RepositoryOptions>()
            .Bind(configuration.GetSection(RepositoryOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<ResolveHost>(Dns.GetHostAddressesAsync);
        services.AddSingleton<RepositoryAddress>();
        services.AddSingleton<RepositoryTokens>();
        services.AddScoped<RepositoryLook>();
        services.AddScoped<Watching>();
        return services;
    }

    private sealed class Validation : IValidateOptions<RepositoryOptions>
    {
        public ValidateOptionsResult Validate(string? name, RepositoryOptions options) =>
            options.Complaint() is { } complaint
                ? ValidateOptionsResult.Fail(complaint)
                : ValidateOptionsResult.Success;
    }
}
