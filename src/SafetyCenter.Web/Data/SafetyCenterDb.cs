using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Data;

/// <summary>
/// Everything that is kept. Saving reconciles the findings of whatever was changed in the same transaction, and after
/// it wakes the sender of emails and says which credentials changed: no door can forget any of it.
/// </summary>
public sealed partial class SafetyCenterDb(
    DbContextOptions<SafetyCenterDb> options,
    CurrentOrganization current,
    Actor actor,
    TimeProvider time,
    EmailWake emailWake,
    CredentialsChanged credentialsChanged)
    : IdentityUserContext<Login, Guid>(options)
{
    /// <summary>Whose Safety Centers there are. The only set without an organization filter.</summary>
    public DbSet<Organization> Organizations => Set<Organization>();

    /// <summary>Who gets security emails.</summary>
    public DbSet<SecurityContact> SecurityContacts => Set<SecurityContact>();

    /// <summary>Who people are.</summary>
    public DbSet<User> People => Set<User>();

    /// <summary>What people may.</summary>
    public DbSet<Role> Roles => Set<Role>();

    /// <summary>Who is asked to come.</summary>
    public DbSet<Invite> Invites => Set<Invite>();

    /// <summary>Whose admin roles were taken away lately.</summary>
    public DbSet<Demotion> Demotions => Set<Demotion>();

    /// <summary>Which browsers people are signed in with, across organizations.</summary>
    public DbSet<Session> Sessions => Set<Session>();

    /// <summary>Everything that grants access.</summary>
    public DbSet<Credential> Credentials => Set<Credential>();

    /// <summary>The keys of organizations.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>The keys of users.</summary>
    public DbSet<ApplicationKey> ApplicationKeys => Set<ApplicationKey>();

    /// <summary>The tokens that stand in web pages.</summary>
    public DbSet<ClientToken> ClientTokens => Set<ClientToken>();

    /// <summary>The tokens of people and of service accounts.</summary>
    public DbSet<AccessToken> AccessTokens => Set<AccessToken>();

    /// <summary>How many of each kind are active.</summary>
    public DbSet<CredentialCount> CredentialCounts => Set<CredentialCount>();

    /// <summary>What was turned off for some minutes, to see who misses it.</summary>
    public DbSet<TestRevocation> TestRevocations => Set<TestRevocation>();

    /// <summary>Who missed it.</summary>
    public DbSet<RefusedCall> RefusedCalls => Set<RefusedCall>();

    /// <summary>Which permissions credentials made use of.</summary>
    public DbSet<ScopeUse> ScopeUses => Set<ScopeUse>();

    /// <summary>What was done, by whom. Rows can be added and nothing else.</summary>
    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();

    /// <summary>Who used what on which day.</summary>
    public DbSet<Usage> Usage => Set<Usage>();

    /// <summary>Programs that act for users, wherever they are let in.</summary>
    public DbSet<OAuthClient> OAuthClients => Set<OAuthClient>();

    /// <summary>Their pictures.</summary>
    public DbSet<OAuthLogo> OAuthLogos => Set<OAuthLogo>();

    /// <summary>The programs in the organization.</summary>
    public DbSet<OAuthApp> OAuthApps => Set<OAuthApp>();

    /// <summary>What confidential ones prove themselves with.</summary>
    public DbSet<OAuthClientSecret> OAuthClientSecrets => Set<OAuthClientSecret>();

    /// <summary>Authorization codes.</summary>
    public DbSet<OAuthCode> OAuthCodes => Set<OAuthCode>();

    /// <summary>Access and refresh tokens.</summary>
    public DbSet<OAuthToken> OAuthTokens => Set<OAuthToken>();

    /// <summary>What users let them do.</summary>
    public DbSet<OAuthGrant> OAuthGrants => Set<OAuthGrant>();

    /// <summary>Credentials that were seen where they must not be.</summary>
    public DbSet<Alert> Alerts => Set<Alert>();

    /// <summary>Where they were seen.</summary>
    public DbSet<Occurrence> Occurrences => Set<Occurrence>();

    /// <summary>What happened to alerts. Rows can be added and nothing else.</summary>
    public DbSet<AlertEvent> AlertEvents => Set<AlertEvent>();

    /// <summary>What looked like ours and was not.</summary>
    public DbSet<UnmatchedSecret> UnmatchedSecrets => Set<UnmatchedSecret>();

    /// <summary>Programs that organizations let report leaks.</summary>
    public DbSet<LeakReporter> LeakReporters => Set<LeakReporter>();

    /// <summary>Repositories into which we look ourselves.</summary>
    public DbSet<WatchedRepository> WatchedRepositories => Set<WatchedRepository>();

    /// <summary>Who told us.</summary>
    public DbSet<LeakReport> LeakReports => Set<LeakReport>();

    /// <summary>What has been true for too long.</summary>
    public DbSet<Finding> Findings => Set<Finding>();

    /// <summary>When it was checked.</summary>
    public DbSet<ScanRun> ScanRuns => Set<ScanRun>();

    /// <summary>What is to be sent, and what was.</summary>
    public DbSet<Email> Emails => Set<Email>();

    /// <summary>Keys that protect cookies and links.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.ConvertIds(IdConversion.EntitiesOf(GetType()));
        configurationBuilder.Properties<Enum>().HaveConversion<string>();
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(GetType().Assembly);
        builder.Entity<Login>().ToTable("logins");
        builder.Entity<IdentityUserClaim<Guid>>().ToTable("login_claims");
        builder.Entity<IdentityUserLogin<Guid>>().ToTable("login_providers");
        builder.Entity<IdentityUserToken<Guid>>().ToTable("login_tokens");
        builder.Entity<IdentityUserPasskey<Guid>>().ToTable("login_passkeys");
        OwnedByOrganization<SecurityContact>(contact => contact.OrganizationId == current.Id);
        OwnedByOrganization<User>(user => user.OrganizationId == current.Id);
        OwnedByOrganization<Role>(role => role.OrganizationId == current.Id);
        OwnedByOrganization<Invite>(invite => invite.OrganizationId == current.Id);
        OwnedByOrganization<Demotion>(demotion => demotion.OrganizationId == current.Id);
        OwnedByOrganization<Credential>(credential => credential.OrganizationId == current.Id);
        OwnedByOrganization<Usage>(usage => usage.OrganizationId == current.Id);
        OwnedByOrganization<ScopeUse>(use => use.OrganizationId == current.Id);
        OwnedByOrganization<CredentialCount>(count => count.OrganizationId == current.Id);
        OwnedByOrganization<TestRevocation>(test => test.OrganizationId == current.Id);
        OwnedByOrganization<RefusedCall>(call => call.OrganizationId == current.Id);
        OwnedByOrganization<AuditEvent>(row => row.OrganizationId == current.Id);
        OwnedByOrganization<OAuthClient>(client => client.OrganizationId == null || client.OrganizationId == current.Id);
        OwnedByOrganization<OAuthApp>(app => app.OrganizationId == current.Id);
        OwnedByOrganization<OAuthCode>(code => code.OrganizationId == current.Id);
        OwnedByOrganization<OAuthToken>(token => token.OrganizationId == current.Id);
        OwnedByOrganization<Alert>(alert => alert.OrganizationId == current.Id);
        OwnedByOrganization<Occurrence>(occurrence => occurrence.OrganizationId == current.Id);
        OwnedByOrganization<AlertEvent>(happened => happened.OrganizationId == current.Id);
        OwnedByOrganization<LeakReporter>(reporter => reporter.OrganizationId == current.Id);
        OwnedByOrganization<WatchedRepository>(repository => repository.OrganizationId == current.Id);
        OwnedByOrganization<Finding>(finding => finding.OrganizationId == current.Id);
        OwnedByOrganization<Email>(email => email.OrganizationId == current.Id);
        builder.NameInSnakeCase();

        void OwnedByOrganization<T>(System.Linq.Expressions.Expression<Func<T, bool>> isOwn)
            where T : class => builder.Entity<T>().HasQueryFilter(CurrentOrganization.Filter, isOwn);
    }
}
