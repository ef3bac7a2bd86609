using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Demo;

/// <summary>
/// One small story to look at: Acme, where Ann is an admin, with something for every rule, and Globex, where Carl must
/// see nothing of it. The tests use the same people.
/// </summary>
public sealed partial class DemoStory(
    SafetyCenterDb db,
    StoryClock clock,
    Actor actor,
    Founding founding,
    UserManager<Login> logins,
    LeakIntake intake,
    FindingsScan scan,
    SecretFormat format,
    TimeProvider time) : IAsyncDisposable
{
    /// <summary>Who to sign in as.</summary>
    public const string AdminEmail = "ann@acme.example";

    /// <summary>The password of everybody in the story. The story is for trying out, never for production.</summary>
    public const string Password = "safety-first-demo";

    /// <summary>The organization with something to look at.</summary>
    public const string Acme = "Acme";

    /// <summary>The other one.</summary>
    public const string Globex = "Globex";

    // Any number will do, as long as nobody else locks it.
    private const long Lock = 0x5CAF_DE30;

    /// <summary>
    /// A story whose database has a clock of its own, so that findings, audit trail, emails and alerts are as old as what they
    /// tell of. The scan at its end is of the present.
    /// </summary>
    public static DemoStory In(IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var clock = new StoryClock(time.GetUtcNow());
        var actor = new Actor();
        var db = ActivatorUtilities.CreateInstance<SafetyCenterDb>(services, clock, actor);
        var logins = ActivatorUtilities.CreateInstance<UserManager<Login>>(
            services, ActivatorUtilities.CreateInstance<LoginStore>(services, db));
        return new DemoStory(
            db,
            clock,
            actor,
            new Founding(db, logins),
            logins,
            new LeakIntake(db, services.GetRequiredService<SecretFormat>(), clock, NullLogger<LeakIntake>.Instance),
            services.GetRequiredService<FindingsScan>(),
            services.GetRequiredService<SecretFormat>(),
            time);
    }

    /// <summary>Plants the story unless there is any organization already.</summary>
    /// <returns>Whether the story stands, planted now or before.</returns>
    public async Task<bool> PlantOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
            if (await db.Organizations.AnyAsync(cancellationToken))
            {
                return await logins.FindByEmailAsync(AdminEmail) is not null;
            }

            await PlantAcmeAsync(now, cancellationToken);
            await PlantGlobexAsync(now, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        // A report is taken in by a transaction of its own.
        await PlantLeaksAsync(now, cancellationToken);
        await DeliverAsync(cancellationToken);
        await scan.RunAsync(organizationId: null, cancellationToken);
        return true;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        logins.Dispose();
        await db.DisposeAsync();
    }

    private async Task PlantAcmeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var founded = now.AddDays(-400);
        clock.Now = founded;
        var acme = await founding.FoundAsync(Acme, AdminEmail, "Ann Admin", Password, founded, cancellationToken);
        var passwordHash = (await logins.FindByEmailAsync(AdminEmail))!.PasswordHash;
        var (readOnly, standard, admin) = (acme.Roles[0], acme.Roles[1], acme.Roles[2]);
        clock.Now = founded.AddDays(3);
        await PersonAsync("bob@acme.example", "Bob Builder", standard);
        await PersonAsync("dora@acme.example", "Dora Director", admin);
        await PersonAsync("erik@acme.example", "Erik Engineer", standard);
        await PersonAsync("fay@acme.example", "Fay Finance", readOnly);
        await SaveAsync(clock.Now, cancellationToken);

        var confirmed = now.AddMonths(-7);
        acme.Organization.SetContacts("security@acme.example", "oncall@acme.example", acme.Admin.Id, confirmed);
        foreach (var contact in acme.Organization.Contacts)
        {
            contact.Verify(confirmed.AddHours(1));
        }

        await SaveAsync(confirmed, cancellationToken);

        await InviteAsync("gus@acme.example", days: 45);
        await InviteAsync("hana@acme.example", days: 31);
        await InviteAsync("ivo@acme.example", days: 3);

        await KeyAsync("ci-prod", created: 300, used: 0.05, caller: ("10.20.0.15", "curl/8.5.0"));
        await KeyAsync("kubernetes-agents", created: 320, used: 0.01, caller: ("10.20.3.7", "datadog-agent/7.60"));
        await KeyAsync("etl-nightly", created: 200, used: 41, caller: ("10.20.9.2", "python-requests/2.32"));
        await KeyAsync("old-staging", created: 95, used: null, caller: null);
        await PlantCredentialsAsync(acme.Organization, acme.Admin, standard, now, cancellationToken);
        await PlantAppsAsync(acme.Organization, acme.Admin, now, cancellationToken);

        async Task PersonAsync(string email, string name, Role role)
        {
            var user = new User(acme.Organization.Id, email, name, [role], founded.AddDays(3));

            // Everybody has the same password, and hashing it is meant to be slow: once is enough for a first start.
            var login = new Login { UserName = email, Email = email, EmailConfirmed = true, PasswordHash = passwordHash };
            var made = await logins.CreateAsync(login);
            if (!made.Succeeded)
            {
                throw new InvalidOperationException($"{email} cannot be in the story: {made}");
            }

            user.Join(login.Id, name);
            db.Add(user);
        }

        Task InviteAsync(string email, int days)
        {
            var invited = now.AddDays(-days);
            var user = new User(acme.Organization.Id, email, name: null, [standard], invited);
            db.Add(user);
            db.Add(new Invite(user, acme.Admin.Id, acme.Organization.Policies.InviteLifetime, invited));
            return SaveAsync(invited, cancellationToken);
        }

        async Task KeyAsync(string name, int created, double? used, (string Address, string Client)? caller)
        {
            var key = await MadeAsync(
                ApiKey.Issue(
                    acme.Organization, name, isTaken: false, activeKeys: 0, format.Mint(SecretKind.ApiKey), acme.Admin.Id,
                    now.AddDays(-created)),
                cancellationToken);
            if (used is { } daysAgo && caller is var (address, client))
            {
                var last = now.AddDays(-daysAgo);
                var service = name == "ci-prod" ? "build-farm" : "";
                await UseAsync(
                    key.Id, last.AddDays(-29), last, new DemoCaller(service, client, address, 1000), cancellationToken);
            }
        }
    }

    private async Task PlantGlobexAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var founded = now.AddDays(-50);
        clock.Now = founded;
        var globex = await founding.FoundAsync(
            Globex, "carl@globex.example", "Carl Chief", Password, founded, cancellationToken);
        globex.Organization.SetContacts("carl@globex.example", null, globex.Admin.Id, founded);
        await SaveAsync(founded, cancellationToken);
        await MadeAsync(
            ApiKey.Issue(
                globex.Organization, "globex-main", isTaken: false, activeKeys: 0, format.Mint(SecretKind.ApiKey),
                globex.Admin.Id, now.AddDays(-5)),
            cancellationToken);
    }

    /// <summary>What happened at a moment is saved as of that moment.</summary>
    private async Task SaveAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        clock.Now = at;
        await db.SaveChangesAsync(cancellationToken);
    }

    // Only the usage flush writes uses; a story about the past has to write them by itself. Some days are busier than others.
    private async Task UseAsync(
        Id<Credential> id, DateTimeOffset first, DateTimeOffset last, DemoCaller caller, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE credentials
            SET last_used_at = {last}, last_used_address = {caller.Address}, last_used_client = {caller.Client}
            WHERE id = {id.Value} AND (last_used_at IS NULL OR last_used_at < {last})
            """,
            cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO usage (credential_id, organization_id, day, address, client, service, calls, first_at, last_at)
            SELECT c.id, c.organization_id, (at AT TIME ZONE 'UTC')::date, {caller.Address}, {caller.Client}, {caller.Service},
                   greatest(1, {caller.Calls} * (0.8 + 0.1 * mod(extract(day from at)::int, 5)))::int, at, at
            FROM credentials c, generate_series({last}, {first}, interval '-1 day') at
            WHERE c.id = {id.Value}
            """,
            cancellationToken);
    }

    // Whoever is in the story had their emails when it happened: none leaves now.
    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        var emails = await db.Emails.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Where(email => email.NextAttemptAt != null)
            .ToListAsync(cancellationToken);
        foreach (var email in emails)
        {
            email.BeginAttempt(email.CreatedAt, TimeSpan.Zero);
            email.Sent(email.CreatedAt.AddSeconds(2));
        }

        await db.SaveChangesAsync(cancellationToken);
    }
}
