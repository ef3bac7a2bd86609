using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Demo;

// Keys and tokens beside the API keys: one that is busy, one that is idle, one that is being replaced, one that was turned off
// for a test, one that was revoked and can be brought back.
public sealed partial class DemoStory
{
    /// <summary>A caller, and how often it calls on a day.</summary>
    private sealed record DemoCaller(string Service, string Client, string Address, int Calls);

    private async Task PlantCredentialsAsync(
        Organization acme, User admin, Role standard, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bob = db.People.Local.Single(user => user.Email == "bob@acme.example");
        var robot = User.ServiceAccount(
            acme.Id, "platform@acme.example", "Deploy Robot", title: null, [standard], now.AddDays(-210));
        db.Add(robot);
        await SaveAsync(robot.CreatedAt, cancellationToken);

        string[] wide =
        [
            "dashboards_read", "dashboards_write", "monitors_read", "monitors_write", "user_access_read", "api_keys_read",
            "client_tokens_read", "org_app_keys_read", "audit_logs_read",
        ];
        var terraform = await KeyAsync(admin, "terraform", wide, days: 180);
        var laptop = await KeyAsync(bob, "bob-laptop", [], days: 150);
        var oldDeploy = await KeyAsync(robot, "deploy-pipeline", ["dashboards_write", "monitors_write"], days: 200);
        var newDeploy = await KeyAsync(robot, "deploy-pipeline 2", ["dashboards_write", "monitors_write"], days: 4);
        oldDeploy.ReplaceBy(newDeploy, now.AddDays(3), whenSilent: true, int.MaxValue, admin.Id, now.AddDays(-4));
        await SaveAsync(now.AddDays(-4), cancellationToken);
        var export = await TokenAsync(robot, "metrics-export", ["metrics_read", "timeseries_query"], days: 60, lasts: null);
        await TokenAsync(admin, "ann-command-line", ["monitors_read"], days: 80, lasts: 90);
        var shop = await BrowserAsync("web-shop", days: 120);
        var blog = await BrowserAsync("old-blog", days: 300);
        blog.Revoke(admin.Id, RevocationReason.ByHand, int.MaxValue, now.AddDays(-1));
        await SaveAsync(now.AddDays(-1), cancellationToken);

        await CalledAsync(terraform, 179, 0.02, new DemoCaller("infrastructure-ci", "terraform/1.9.5", "10.20.1.4", 240));
        await CalledAsync(terraform, 60, 9, new DemoCaller("", "curl/8.5.0", "10.20.7.31", 3));
        await CalledAsync(laptop, 120, 41, new DemoCaller("", "python-requests/2.32", "10.20.8.15", 12));
        await CalledAsync(oldDeploy, 190, 4.2, new DemoCaller("deployer", "datadog-ci/2.40", "10.20.2.2", 120));
        await CalledAsync(oldDeploy, 190, 0.4, new DemoCaller("release-notes", "node-fetch/3.3", "10.20.2.9", 30));
        await CalledAsync(newDeploy, 3, 0.01, new DemoCaller("deployer", "datadog-ci/2.40", "10.20.2.2", 118));
        await CalledAsync(export, 59, 0.1, new DemoCaller("exporter", "Go-http-client/2.0", "10.20.5.5", 1440));
        await CalledAsync(shop, 119, 0.001, new DemoCaller("web-shop", "Mozilla/5.0", "203.0.113.80", 5200));
        await ScopesUsedAsync(terraform, ["dashboards_write", "monitors_write"], now, cancellationToken);
        await TestedAsync(terraform, now.AddDays(-2), cancellationToken);

        Task<ApplicationKey> KeyAsync(User owner, string name, string[] scopes, int days) => MadeAsync(
            new ApplicationKey(owner, name, scopes, format.Mint(SecretKind.ApplicationKey), now.AddDays(-days), admin.Id),
            cancellationToken);

        Task<AccessToken> TokenAsync(User owner, string name, string[] scopes, int days, int? lasts)
        {
            var made = now.AddDays(-days);
            var id = Id<Credential>.New(made);
            var kind = owner.IsServiceAccount ? SecretKind.ServiceAccessToken : SecretKind.PersonalAccessToken;
            var secret = format.Mint(kind, id.Value);
            return MadeAsync<AccessToken>(
                lasts is { } life
                    ? new PersonalAccessToken(id, owner, name, scopes, made.AddDays(life), secret, owner.Id, made)
                    : new ServiceAccessToken(id, owner, name, scopes, expiresAt: null, secret, admin.Id, made),
                cancellationToken);
        }

        Task<ClientToken> BrowserAsync(string name, int days) => MadeAsync(
            ClientToken.Issue(
                acme, name, isTaken: false, format.Mint(SecretKind.ClientToken), admin.Id, now.AddDays(-days)),
            cancellationToken);

        Task CalledAsync(Credential credential, int from, double until, DemoCaller caller) =>
            UseAsync(credential.Id, now.AddDays(-from), now.AddDays(-until), caller, cancellationToken);
    }

    private async Task<T> MadeAsync<T>(T credential, CancellationToken cancellationToken)
        where T : Credential
    {
        db.Add(credential);
        await SaveAsync(credential.CreatedAt, cancellationToken);
        return credential;
    }

    private async Task ScopesUsedAsync(
        Credential credential, string[] scopes, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO scope_uses (credential_id, organization_id, scope, calls, first_at, last_at)
            SELECT {credential.Id.Value}, {credential.OrganizationId.Value}, scope, 900, {credential.CreatedAt}, {now}
            FROM unnest({scopes}) AS scope
            """,
            cancellationToken);

    private async Task TestedAsync(Credential credential, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var test = new TestRevocation(credential, minutes: 5, running: null, credential.CreatedBy, at);
        db.Add(test);
        await SaveAsync(at, cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO refused_calls (test_id, organization_id, address, client, service, calls, first_at, last_at)
            VALUES ({test.Id.Value}, {test.OrganizationId.Value}, '10.20.1.4', 'terraform/1.9.5', 'infrastructure-ci', 7,
                    {at.AddMinutes(1)}, {at.AddMinutes(4)})
            """,
            cancellationToken);
    }
}
