using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Demo;

// Leaks: an application key that was revoked within half an hour, and all that had to be done was done; and an API key that
// somebody took for an old one, that was seen again, that a stranger uses, and that is overdue.
public sealed partial class DemoStory
{
    private async Task PlantLeaksAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (ann, dora, erik) = (Named("ann"), Named("dora"), Named("erik"));
        var acme = db.Organizations.Local.Single(organization => organization.Id == ann.OrganizationId);
        var pipeline = db.ApiKeys.Local.Single(key => key.Name == "ci-prod");

        var at = now.AddDays(-19);
        var notebook = await KeyAsync("erik-notebook", at.AddDays(-110));
        var next = await KeyAsync("erik-notebook 2", at.AddHours(2));
        var analysis = new DemoCaller("", "python-requests/2.32", "10.20.8.22", 35);
        await UseAsync(notebook.Id, notebook.CreatedAt, at.AddMinutes(-50), analysis, cancellationToken);
        await UseAsync(next.Id, next.CreatedAt, now.AddDays(-0.3), analysis, cancellationToken);
        await ReportAsync(notebook, at, "https://github.com/acme/notebooks/blob/main/latency.ipynb#L88");
        await ActAsync(dora, notebook, at.AddMinutes(9), (alert, then) => alert.See(dora.Id, then));
        await ActAsync(dora, notebook, at.AddMinutes(10), (alert, then) => alert.Acknowledge(dora.Id, then));
        await ActAsync(dora, notebook, at.AddMinutes(26), (alert, then) =>
            alert.Credential.Revoke(dora.Id, RevocationReason.Leaked, int.MaxValue, then));
        foreach (var (step, hours) in new[] { (2, 1.5), (3, 2.1), (4, 3), (5, 22) })
        {
            await ActAsync(dora, notebook, at.AddHours(hours), (alert, then) => alert.Tick(step, done: true, dora.Id, then));
        }

        await ActAsync(dora, notebook, at.AddHours(22.1), (alert, then) => alert.AddComment(
            "No users, roles or keys that we do not know. Erik has taken the notebook out of the history.", dora.Id, then));

        at = now.AddDays(-6);
        await ReportAsync(pipeline, at, "https://github.com/acme/deploy-scripts/blob/main/ci/release.sh#L14");
        await UseAsync(
            pipeline.Id,
            at.AddHours(5),
            now.AddMinutes(-20),
            new DemoCaller("", "python-requests/2.28", "198.51.100.77", 40),
            cancellationToken);
        await ActAsync(ann, pipeline, at.AddMinutes(14), (alert, then) => alert.See(ann.Id, then));
        await ActAsync(ann, pipeline, at.AddMinutes(20), (alert, then) => alert.Snooze(
            then.AddDays(7), "Looks like the old key from the samples. I ask the platform team next week.", ann.Id, then));

        at = now.AddHours(-26);
        await ReportAsync(pipeline, at, "https://github.com/acme/status-page/blob/main/docker-compose.yml#L31");
        await ActAsync(ann, pipeline, at.AddMinutes(35), (alert, then) => alert.Assign(dora, ann.Id, then));
        await ActAsync(dora, pipeline, at.AddHours(3), (alert, then) => alert.AddComment(
            "It is not the old key: the build farm deploys with it. I make a new one for the farm, then I revoke this one. "
            + "Does anybody know 198.51.100.77?",
            dora.Id,
            then));
        clock.Now = at + TimeSpan.FromHours(acme.LeakRules.CriticalDueHours);
        await new FollowAlerts(db, clock).RunAsync(cancellationToken);

        User Named(string name) => db.People.Local.Single(user => user.Email == $"{name}@acme.example");

        Task<ApplicationKey> KeyAsync(string name, DateTimeOffset made) => MadeAsync(
            new ApplicationKey(erik, name, ["metrics_read", "timeseries_query"], format.Mint(SecretKind.ApplicationKey), made),
            cancellationToken);

        Task ReportAsync(Credential key, DateTimeOffset seen, string place)
        {
            clock.Now = seen;
            var gitHub = PartnerOrigin.GitHub;
            var body = SHA256.HashData(Encoding.UTF8.GetBytes(place));
            return intake.TakeAsync(
                new Delivery(gitHub.Channel, gitHub.Reporter, gitHub.Name, body) { IsPublic = true },
                [new ReportedItem(0, null, null, place, LeakSource.Content) { Hash = new SecretHash(key.Hash!) }],
                cancellationToken);
        }

        // As a page does it: whoever acts is known, and the alert is loaded under the lock.
        Task ActAsync(User by, Credential key, DateTimeOffset then, Action<Alert, DateTimeOffset> act)
        {
            clock.Now = then;
            actor.Is(by, acme, new AuditSource(AuditActor.User, by.DisplayName)
            {
                UserId = by.Id, Email = by.Email, Method = "SESSION",
            });
            db.ChangeTracker.Clear();
            return db.LockedAsync(
                acme.Id,
                async _ =>
                {
                    var alert = await db.Alerts.IgnoreQueryFilters([CurrentOrganization.Filter])
                        .Include(alert => alert.Credential)
                        .SingleAsync(alert => alert.CredentialId == key.Id, cancellationToken);
                    act(alert, then);
                    return alert;
                },
                cancellationToken);
        }
    }
}
