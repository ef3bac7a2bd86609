using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Demo;

/// <summary>
/// One small story to look at: Acme, where Ann is an admin, with something for every rule, and Globex, where Carl must
/// see nothing of it. The tests use the same people.
/// </summary>
public sealed partial class DemoStory(
    SafetyCenterDb db,
    Founding founding,
    UserManager<Login> logins,
    FindingsScan scan,
    SecretFormat format,
    TimeProvider time)
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

    /// <summary>Plants the story unless there is any organization already.</summary>
    /// <returns>Whether the story stands, planted now or before.</returns>
    public async Task<bool> PlantOnceAsync(CancellationToken cancellationToken)
    {
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
            if (await db.Organizations.AnyAsync(cancellationToken))
            {
                return await logins.FindByEmailAsync(AdminEmail) is not null;
            }

            var now = time.GetUtcNow();
            await PlantAcmeAsync(now, cancellationToken);
            await PlantGlobexAsync(now, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        await scan.RunAsync(organizationId: null, cancellationToken);
        return true;
    }

    private async Task PlantAcmeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var founded = now.AddDays(-400);
        var acme = await founding.FoundAsync(Acme, AdminEmail, "Ann Admin", Password, founded, cancellationToken);
        var passwordHash = (await logins.FindByEmailAsync(AdminEmail))!.PasswordHash;
        var (readOnly, standard, admin) = (acme.Roles[0], acme.Roles[1], acme.Roles[2]);
        await PersonAsync("bob@acme.example", "Bob Builder", standard);
        await PersonAsync("dora@acme.example", "Dora Director", admin);
        await PersonAsync("erik@acme.example", "Erik Engineer", standard);
        await PersonAsync("fay@acme.example", "Fay Finance", readOnly);

        Invite("gus@acme.example", days: 45);
        Invite("hana@acme.example", days: 31);
        Invite("ivo@acme.example", days: 3);

        acme.Organization.SetContacts(
            "security@acme.example", "oncall@acme.example", acme.Admin.Id, now.AddMonths(-7));

        await KeyAsync("ci-prod", created: 300, used: 0.05, caller: ("10.20.0.15", "curl/8.5.0"));
        await KeyAsync("kubernetes-agents", created: 320, used: 0.01, caller: ("10.20.3.7", "datadog-agent/7.60"));
        await KeyAsync("etl-nightly", created: 200, used: 41, caller: ("10.20.9.2", "python-requests/2.32"));
        await KeyAsync("old-staging", created: 95, used: null, caller: null);
        await db.SaveChangesAsync(cancellationToken);
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

        void Invite(string email, int days)
        {
            var user = new User(acme.Organization.Id, email, name: null, [standard], now.AddDays(-days));
            db.Add(user);
            db.Add(new Invite(user, acme.Admin.Id, acme.Organization.Policies.InviteLifetime, now.AddDays(-days)));
        }

        async Task KeyAsync(string name, int created, double? used, (string Address, string Client)? caller)
        {
            var key = ApiKey.Issue(
                acme.Organization, name, isTaken: false, activeKeys: 0, format.Mint(SecretKind.ApiKey), acme.Admin.Id,
                now.AddDays(-created));
            db.Add(key);
            await db.SaveChangesAsync(cancellationToken);
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
        var globex = await founding.FoundAsync(
            Globex, "carl@globex.example", "Carl Chief", Password, now.AddDays(-50), cancellationToken);
        globex.Organization.SetContacts("carl@globex.example", null, globex.Admin.Id, now.AddDays(-50));
        db.Add(ApiKey.Issue(
            globex.Organization, "globex-main", isTaken: false, activeKeys: 0, format.Mint(SecretKind.ApiKey),
            globex.Admin.Id, now.AddDays(-5)));
        await db.SaveChangesAsync(cancellationToken);
    }

    // Only the usage flush writes uses; a story about the past has to write them by itself.
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
                   greatest(1, {caller.Calls} * (0.8 + 0.4 * random()))::int, at, at
            FROM credentials c, generate_series({last}, {first}, interval '-1 day') at
            WHERE c.id = {id.Value}
            """,
            cancellationToken);
    }
}
