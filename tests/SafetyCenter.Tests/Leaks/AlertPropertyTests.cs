using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Leaks;

/// <summary>
/// Random lives of alerts, each from a seed that is printed with a failure: reports, acts, time and revocations in any order.
/// After every step what must always hold is looked at, and what is kept is compared with a model.
/// </summary>
public sealed class AlertPropertyTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const int Steps = 40;

    private static readonly string[] Acts =
        ["Acknowledge", "Assign", "Release", "Snooze", "Snooze", "Dismiss", "Dismiss", "Reopen", "Comment", "Tick"];

    private int _bodies;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Whatever_happens_the_alert_is_what_the_rules_say(int seed)
    {
        var random = new Random(seed);
        var (incident, organization) = await stage.IncidentAsync($"Life {seed}", $"second@life-{seed}.example");
        var model = new ModelOfAlert();
        var deliveries = new List<Func<Task>>();
        var story = new List<string>();
        var history = new List<AlertEvent>();
        for (var step = 0; step < Steps; step++)
        {
            story.Add(await StepAsync());
            if (!model.IsRaised)
            {
                Assert.Empty(await stage.RowsAsync<Alert>(all => all.Where(row => row.CredentialId == incident.Key.Id)));
                continue;
            }

            // At most one alert per credential: the row is read as the only one.
            var alert = await incident.RowAsync();
            var told = $"seed {seed}: {string.Join(", ", story)}";
            Assert.True(model.State == alert.State, $"{alert.State} instead of {model.State} after {told}");
            Assert.True((alert.ResolvedAt is not null) == (alert.State == AlertState.Resolved), told);
            Assert.True((alert.Resolution is not null) == (alert.State == AlertState.Resolved), told);
            Assert.True(alert.Credential.IsActive || alert.State == AlertState.Resolved, told);
            Assert.True(model.IsPublic == alert.IsPublic, told);
            Assert.True(!model.IsPublic || alert.Severity == Severity.Critical, told);
            Assert.True(
                alert.Credential.IsActive ? ModelOfAlert.Fold(alert.Events) == alert.State : alert.State == AlertState.Resolved,
                $"the history does not add up after {told}");
            var places = await incident.PlacesAsync();
            Assert.True(places.Select(place => place.Place).Distinct().Count() == model.Places, told);
            Assert.Equal(model.Places, places.Count);

            // What stood in the history stands there still.
            Assert.Equal(
                history.Select(happened => (happened.Id, happened.Kind)),
                alert.Events.Take(history.Count).Select(happened => (happened.Id, happened.Kind)));
            history = [.. alert.Events];
            foreach (var contact in new[] { $"security@life-{seed}.example", $"second@life-{seed}.example" })
            {
                var emails = await stage.RowsAsync<Email>(all => all.Where(email => email.Recipient == contact
                    && (email.Kind == EmailKind.LeakFound || email.Kind == EmailKind.LeakAgain)));
                Assert.True(emails.Count == model.News, $"{emails.Count} emails for {model.News} news after {told}");
            }
        }

        async Task<string> StepAsync()
        {
            var dice = random.Next(100);
            if (!model.IsRaised || dice < 30)
            {
                // Never revoked before the first report: that is row 2.
                var isPublic = random.Next(3) > 0;
                var place = isPublic ? $"https://life.example/{random.Next(6)}" : $"wiki/{random.Next(4)}";
                var body = $"{seed} {++_bodies}";
                Func<Task> deliver = isPublic
                    ? () => stage.ReportAsync(new Match(incident.Key.Secret, place, Type: body))
                    : () => incident.ReportPrivatelyAsync(place, body);
                await deliver();
                deliveries.Add(deliver);
                model.Report(place, isPublic);
                return $"reported at {place}";
            }

            if (dice < 40)
            {
                var before = await KeptAsync(incident, organization);
                await deliveries[random.Next(deliveries.Count)]();
                Assert.Equal(before, await KeptAsync(incident, organization));
                return "reported once more in the same words";
            }

            if (dice < 52)
            {
                stage.Time.Jump(TimeSpan.FromHours(random.Next(1, 60)));
                await stage.WakeAsync(incident.Key);
                await incident.ReturnAsync();
                model.Wake(stage.Now);
                return "time went by";
            }

            if (dice >= 98 && story.Count > Steps / 2)
            {
                if (random.Next(2) == 0)
                {
                    await incident.DoAsync("Revoke");
                }
                else
                {
                    await stage.RevokeAsync(organization, incident.Key);
                }

                model.Do("Revoke", stage.Now, days: 0);
                return "revoked";
            }

            var act = Acts[random.Next(Acts.Length)];
            var days = random.Next(1, 4);
            using var answer = await incident.TryAsync(
                act,
                ("assignee", $"{organization.Admin.Id}"),
                ("days", $"{days}"),
                ("reason", $"{Resolutions.Dismissals[random.Next(3)]}"),
                ("comment", "Said."),
                ("step", $"{random.Next(2, 6)}"),
                ("done", random.Next(2) == 0 ? "true" : "false"));
            Assert.True((int)answer.StatusCode < 500, $"{act} answered {(int)answer.StatusCode}");
            model.Do(act, stage.Now, days);
            return act;
        }
    }

    [Fact]
    public async Task The_order_of_reports_changes_times_and_nothing_else()
    {
        string[] places = ["https://order.example/1", "wiki/1", "https://order.example/2", "wiki/2", "https://order.example/1"];
        var told = new HashSet<string>();
        foreach (var order in new int[][] { [0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 3, 0, 2, 4], [3, 0, 4, 1, 2] })
        {
            var name = $"Order {string.Concat(order)}";
            var (incident, _) = await stage.IncidentAsync(name);
            foreach (var number in order)
            {
                stage.Time.Jump(TimeSpan.FromMinutes(1));
                if (places[number].StartsWith("https", StringComparison.Ordinal))
                {
                    await stage.ReportAsync(new Match(incident.Key.Secret, places[number], Type: $"{name} {number}"));
                }
                else
                {
                    await incident.ReportPrivatelyAsync(places[number], $"{name} {number}");
                }
            }

            var alert = await incident.RowAsync();
            told.Add(JsonSerializer.Serialize(new
            {
                alert.State,
                alert.Severity,
                alert.IsPublic,
                Places = (await incident.PlacesAsync()).Select(place => new { place.Place, place.IsPublic, place.Times }),
            }));
        }

        Assert.Single(told);
    }

    // All that is kept of it.
    private async Task<string> KeptAsync(Incident incident, TestOrganization organization)
    {
        var alert = await incident.RowAsync();
        return JsonSerializer.Serialize(new
        {
            alert.State,
            alert.Severity,
            alert.DueAt,
            alert.RevokeAt,
            Events = alert.Events.Select(happened => happened.Number),
            Places = (await incident.PlacesAsync()).Select(place => new { place.Place, place.Times, place.LastSeenAt }),
            Emails = (await stage.RowsAsync<Email>(all => all.Where(email => email.OrganizationId == organization.Id))).Count,
        });
    }
}
