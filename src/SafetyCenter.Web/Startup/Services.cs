using System.Data.Common;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Demo;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Repositories;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;
using Serilog;
using Serilog.Events;

namespace SafetyCenter.Web.Startup;

/// <summary>What the program is made of.</summary>
public static class Services
{
    /// <summary>Registers everything.</summary>
    public static void AddSafetyCenter(this WebApplicationBuilder builder, Installation installation, Database database)
    {
        // Standard output belongs to what commands answer.
        builder.Logging.ClearProviders().AddSerilog(
            new LoggerConfiguration()
                .ReadFrom.Configuration(builder.Configuration)
                .Filter.ByExcluding(IsToldByProgram)
                .WriteTo.Console(
                    standardErrorFromLevel: LogEventLevel.Verbose,
                    formatProvider: System.Globalization.CultureInfo.InvariantCulture)
                .CreateLogger(),
            dispose: true);

        var services = builder.Services;
        services.AddSingleton(installation);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(installation.Secrets);
        services.AddData(database);
        services.AddSignIn();
        services.AddEmails(builder.Configuration, installation);
        services.AddLeaks(builder.Configuration);
        services.AddRepositories(builder.Configuration);
        services.AddVerification();
        services.AddJobs();
        services.AddScoped<Actor>();
        services.AddScoped<Founding>();
        services.AddScoped<CurrentSession>();
        services.AddScoped<Sessions>();
        services.AddScoped<FactorEmails>();
        services.AddScoped<AuthenticatorApp>();
        services.AddScoped<Passkeys>();
        services.AddSingleton<ProofByPasskey>(PasskeyProof.VerifyAsync);
        services.AddScoped<FactorReset>();
        services.AddScoped<Passwords>();
        services.AddScoped<Lockout>();
        services.AddSingleton<FailedTries>();
        services.AddSingleton<ForgottenPasswords>();
        services.AddHostedService(provider => provider.GetRequiredService<ForgottenPasswords>());
        services.AddScoped<ReporterCall>();
        services.AddScoped<ClientAuthentication>();
        services.AddScoped<TokenIssuing>();
        services.AddScoped<Introspection>();
        services.AddSingleton<RegistrationRate>();
        services.AddSingleton<ReportRoom>();
        services.AddScoped(DemoStory.In);
        services.AddRazorPages(options => options.Conventions.AddDoors())
            .AddMvcOptions(options =>
            {
                options.Filters.Add<UnknownActionFilter>();
                options.Filters.Add<RecentProofFilter>();
            });
        services.AddAntiforgery(options => options.Cookie.Name = "safetycenter-form");
        services.AddAuthorization(options => options.FallbackPolicy = options.DefaultPolicy);
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"], timeout: DatabaseHealth.Patience);
    }

    // The host logs why it could not start, with a stack trace, and throws it; Program says it in a sentence, or fails.
    private static bool IsToldByProgram(LogEvent log) =>
        log.Properties.GetValueOrDefault("EventId") is StructureValue { Properties: var parts }
        && parts.Any(part => part is { Name: "Name", Value: ScalarValue { Value: "HostedServiceStartupFaulted" } });

    private static void AddData(this IServiceCollection services, Database database)
    {
        services.AddSingleton(_ => NpgsqlDataSource.Create(database.ConnectionString));
        services.AddSingleton<DbDataSource>(provider => provider.GetRequiredService<NpgsqlDataSource>());
        services.AddScoped<CurrentOrganization>();
        services.AddDbContext<SafetyCenterDb>(
            options => options
                // It takes the data source above. Named here, it would be part of EF's key, and two hosts in one process
                // (as in tests) would each build the model and compile every query anew.
                .UseNpgsql()
                // A test compares model and migrations; doing so at every start costs a third of a second.
                .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)));
        services.AddSingleton<NpgsqlXmlRepository>();
        services.AddDataProtection().SetApplicationName("SafetyCenter");
        services.AddOptions<KeyManagementOptions>()
            .Configure<NpgsqlXmlRepository>((options, repository) => options.XmlRepository = repository);
    }

    private static void AddSignIn(this IServiceCollection services)
    {
        // Instead of Identity's own, which it adds where there is none.
        services.AddScoped<IPasswordValidator<Login>, PasswordRules>();
        services.AddScoped<IPasswordHasher<Login>, PasswordHasher>();
        services.AddIdentityCore<Login>(options =>
            {
                // The one with passkeys; the context asks for it through its service provider.
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                options.User.RequireUniqueEmail = true;

                // The name is the address, and which characters that may have is said elsewhere.
                options.User.AllowedUserNameCharacters = "";
                options.Lockout.MaxFailedAccessAttempts = Lockout.TriesMax;
                options.Lockout.DefaultLockoutTimeSpan = Lockout.Pause;
            })
            .AddSignInManager()
            .AddDefaultTokenProviders();
        services.AddSingleton<ILookupNormalizer, AddressNormalizer>();
        services.AddScoped<LoginStore>();
        services.AddScoped<IUserStore<Login>>(provider => provider.GetRequiredService<LoginStore>());
        services.AddOptions<IdentityPasskeyOptions>()
            .Configure<Installation>((options, own) => PasskeyRules.Set(options, own.PublicUrl));
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();

        // Between the two steps of signing in, and while a device makes a passkey: five minutes, and not one more for looking.
        services.Configure<CookieAuthenticationOptions>(
            IdentityConstants.TwoFactorUserIdScheme, options => options.SlidingExpiration = false);
        services.ConfigureApplicationCookie(options =>
        {
            options.Cookie.Name = "safetycenter";
            options.Events.OnValidatePrincipal = Sessions.ValidateAsync;
            options.LoginPath = "/sign-in";
            options.ReturnUrlParameter = "returnUrl";
            options.ExpireTimeSpan = Session.IdleMax;
            options.SlidingExpiration = true;
        });
    }
}
