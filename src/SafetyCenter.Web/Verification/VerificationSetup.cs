using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Verification;

/// <summary>Puts the room into the program.</summary>
public static class VerificationSetup
{
    /// <summary>
    /// Adds what verifies credentials and counts their use. The program adds what it needs: an
    /// <see cref="NpgsqlDataSource"/> (without multiplexing, because a connection of it listens), the
    /// <see cref="SafetyCenterDb"/> on the same, and the formats of secrets, when their prefix is not the usual one.
    /// </summary>
    public static IServiceCollection AddVerification(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SecretFormat>(_ => new SecretFormat());
        services.TryAddSingleton<CredentialsChanged>();
        services.AddSingleton(provider =>
        {
            var directory = new CredentialDirectory(
                new CredentialTable(provider.GetRequiredService<NpgsqlDataSource>()).FindAsync,
                provider.GetRequiredService<TimeProvider>());
            var changed = provider.GetRequiredService<CredentialsChanged>();
            changed.Credential += directory.Forget;
            changed.Owner += directory.ForgetOwnedBy;
            return directory;
        });
        services.AddSingleton<Authenticator>();
        services.AddSingleton<UsageBuffer>();
        services.AddSingleton<TestRefusals>();
        services.AddSingleton<FailedAuthentications>();
        services.AddSingleton<VerifyApi>();
        services.AddSingleton<UsageFlusher>();
        services.AddHostedService(provider => provider.GetRequiredService<UsageFlusher>());
        services.AddHostedService<CredentialListener>();
        return services;
    }

    /// <summary>Adds <c>/verify</c> and the <c>validate</c> endpoints.</summary>
    public static void MapVerification(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<VerifyApi>().Map(routes);
}
