using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Demo;

// Apps: one that writes and is idle, one that reads and is idle, one in use, one with a secret, and one that registers
// itself anew each time it starts.
public sealed partial class DemoStory
{
    private async Task PlantAppsAsync(
        Organization acme, User admin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bob = db.People.Local.Single(user => user.Email == "bob@acme.example");
        var erik = db.People.Local.Single(user => user.Email == "erik@acme.example");
        var standup = App("Standup Bot", "Chatty Inc.", ["user_access_invite", "user_access_read"], days: 120);
        var mailer = App("Report Mailer", "Paperless Ltd.", ["dashboards_read"], days: 200);
        var board = App("Status Board", "Acme", ["monitors_read", "dashboards_read", "incident_read"], days: 90);
        var billing = App(
            "Cost Export", "Acme Finance", ["usage_read", "billing_read"], days: 70, isConfidential: true);
        var secret = new OAuthClientSecret(
            billing, name: null, activeSecrets: 0, format.Mint(SecretKind.OAuthClientSecret), admin.Id, now.AddDays(-70));
        var used = new List<(OAuthGrant Grant, double Until, DemoCaller Caller)>
        {
            (await LetAsync(standup, admin, 120), 41, new DemoCaller("", "standup-bot/2.1", "203.0.113.21", 40)),
            (await LetAsync(standup, bob, 110), 44, new DemoCaller("", "standup-bot/2.1", "203.0.113.21", 12)),
            (await LetAsync(mailer, admin, 200), 75, new DemoCaller("", "paperless/1.0", "198.51.100.4", 6)),
            (await LetAsync(board, admin, 90), 2, new DemoCaller("lobby-screen", "Mozilla/5.0", "10.20.4.40", 700)),
            (await LetAsync(board, erik, 60), 0.1, new DemoCaller("team-screen", "Mozilla/5.0", "10.20.4.41", 300)),
            (await LetAsync(billing, admin, 70, secret), 0.4, new DemoCaller("warehouse", "Go-http-client/2.0", "10.20.6.3", 24)),
        };
        for (var days = 24; days >= 8; days -= 2)
        {
            var pair = Bring(
                OAuthClient.RegisterItself(
                    "Pair Programmer",
                    "pair.example",
                    "https://pair.example",
                    [$"http://127.0.0.1:{40000 + days}/callback"],
                    ["dashboards_read", "metrics_read", "monitors_read"],
                    now.AddDays(-days)),
                days);
            used.Add((
                await LetAsync(pair, bob, days),
                days == 8 ? 0.2 : days - 0.5,
                new DemoCaller("", "pair-programmer/0.9", "10.20.8.15", 25)));
        }

        foreach (var (grant, until, caller) in used)
        {
            await UseAsync(grant.Id, grant.CreatedAt, now.AddDays(-until), caller, cancellationToken);
            await ScopesUsedAsync(grant, [grant.Scopes[0]], now.AddDays(-until), cancellationToken);
        }

        OAuthApp App(string name, string publisher, string[] scopes, int days, bool isConfidential = false) => Bring(
            OAuthClient.Register(
                acme.Id,
                name,
                publisher,
                ["https://app.example.com/callback"],
                scopes,
                isConfidential,
                actsAs: isConfidential ? admin.Id : null,
                admin.Id,
                now.AddDays(-days)),
            days);

        OAuthApp Bring(OAuthClient client, int days) =>
            new(client, acme.Id, isApproved: true, admin.Id, now.AddDays(-days));

        // The first who lets it act does so on the day on which it was brought here.
        async Task<OAuthGrant> LetAsync(OAuthApp app, User user, int days, OAuthClientSecret? secret = null)
        {
            var grant = app.Authorize(user, live: null, app.Client.Scopes, now.AddDays(-days));
            if (app.Grants.Count == 1)
            {
                db.Add(app);
            }

            if (secret is not null)
            {
                db.Add(secret);
            }

            await SaveAsync(grant.CreatedAt, cancellationToken);
            return grant;
        }
    }
}
