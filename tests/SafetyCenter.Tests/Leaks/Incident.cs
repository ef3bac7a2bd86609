using System.Security.Cryptography;
using System.Text;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Leaks;

/// <summary>An alert, as an admin of its organization meets it.</summary>
internal sealed class Incident(App app, HttpClient admin, TestOrganization organization, IssuedKey key)
{
    private HttpClient _admin = admin;
    private string? _token;
    private Id<Alert>? _id;

    public IssuedKey Key => key;

    /// <summary>The alert, its credential and its history.</summary>
    public async Task<Alert> RowAsync() => Assert.Single(await app.RowsAsync<Alert>(all => all
        .Where(alert => alert.CredentialId == key.Id)
        .Include(alert => alert.Credential)
        .Include(alert => alert.Events.OrderBy(happened => happened.Number))));

    public async Task<AlertState> StateAsync() => (await RowAsync()).State;

    public async Task<string> AddressAsync() =>
        organization.SafetyCenter($"alerts/{_id ??= (await RowAsync()).Id}");

    public async Task<IHtmlDocument> PageAsync() => await _admin.PageAsync(await AddressAsync());

    /// <summary>The admin signs in again: after a day at the latest they have to.</summary>
    public async Task ReturnAsync() => (_admin, _token) = (await app.SignedInAsync(organization.Admin), null);

    /// <summary>Does what a button does, whether or not the page offers it.</summary>
    public async Task<HttpResponseMessage> TryAsync(string act, params (string Name, string Value)[] fields)
    {
        _token ??= (await _admin.PageAsync(organization.SafetyCenter("alerts")))
            .QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var content = new FormUrlEncodedContent(
            fields.Append(("__RequestVerificationToken", _token)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        return await _admin.PostAsync($"{await AddressAsync()}?handler={act}", content);
    }

    /// <summary>The same, where it must be let.</summary>
    public async Task DoAsync(string act, params (string Name, string Value)[] fields)
    {
        using var answer = await TryAsync(act, fields);
        Assert.True(
            answer.Headers.Location?.ToString().Contains("/alerts/", StringComparison.Ordinal) == true
                && !answer.Headers.Location.ToString().Contains("sign-in", StringComparison.Ordinal),
            $"{act} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    public Task SnoozeAsync(int days = 7) => DoAsync("Snooze", ("days", $"{days}"), ("comment", "Until the release."));

    public Task DismissAsync(Resolution reason = Resolution.UsedInTests) =>
        DoAsync("Dismiss", ("reason", $"{reason}"), ("comment", "Only in the test bench."));

    /// <summary>GitHub reports it at a public place.</summary>
    public Task ReportAsync(string place) => app.ReportAsync(new Match(key.Secret, place));

    /// <summary>A reporter of the organization reports it at a place that not everybody can read.</summary>
    public Task ReportPrivatelyAsync(string place, string body) => app.ReportPrivatelyAsync(organization, key, place, body);

    public async Task<List<Occurrence>> PlacesAsync()
    {
        var id = (await RowAsync()).Id;
        return await app.RowsAsync<Occurrence>(
            all => all.Where(occurrence => occurrence.AlertId == id).OrderBy(occurrence => occurrence.Place));
    }

    /// <summary>Which emails about leaks there are in the organization, in the order of their making.</summary>
    public async Task<List<EmailKind>> EmailsAsync() =>
    [
        .. (await app.RowsAsync<Email>(all => all.Where(email => email.OrganizationId == organization.Id)))
            .Where(email => email.Kind.ToString().StartsWith("Leak", StringComparison.Ordinal))
            .OrderBy(email => email.CreatedAt).ThenBy(email => email.Kind)
            .Select(email => email.Kind),
    ];

    /// <summary>Makes it acknowledged or put off, when it is open.</summary>
    public Task BringToAsync(AlertState state) => state switch
    {
        AlertState.Acknowledged => DoAsync("Acknowledge"),
        AlertState.Snoozed => SnoozeAsync(),
        _ => Task.CompletedTask,
    };

    /// <summary>What the audit trail says was done to it, in the order of words: much happens at the same moment here.</summary>
    public async Task<List<string>> AuditAsync()
    {
        var id = (await RowAsync()).Id.Value;
        return [.. (await app.RowsAsync<AuditEvent>(all => all.Where(row => row.AssetId == id)))
            .Select(row => $"{row.ActorName} {row.Name}").Order(StringComparer.Ordinal)];
    }
}

/// <summary>Brings incidents about.</summary>
internal static class Incidents
{
    /// <summary>An organization, a key of it, and its admin, who has signed in. Nothing has leaked yet.</summary>
    public static async Task<(Incident Incident, TestOrganization Organization)> IncidentAsync(
        this App app, string name, string? secondary = null)
    {
        var organization = await app.CreateOrganizationAsync(name, adminName: "Ann Admin");
        await app.SetContactsAsync(organization, $"security@{organization.Slug}.example", secondary);
        var key = await app.IssueApiKeyAsync(organization, "leaked");
        return (await app.IncidentAsync(organization, key), organization);
    }

    public static async Task<Incident> IncidentAsync(this App app, TestOrganization organization, IssuedKey key) =>
        new(app, await app.SignedInAsync(organization.Admin), organization, key);

    /// <summary>A reporter of the organization reports a key at a place that not everybody can read.</summary>
    public static Task ReportPrivatelyAsync(
        this App app, TestOrganization organization, IssuedKey key, string place, string body) =>
        app.InScopeAsync((IServiceProvider services) => services.GetRequiredService<LeakIntake>().TakeAsync(
            new Delivery(
                LeakChannel.SignedReport,
                $"reporter:{organization.Id}",
                "Our scanner",
                SHA256.HashData(Encoding.UTF8.GetBytes(body)))
            {
                OrganizationId = organization.Id,
            },
            [new ReportedItem(0, key.Secret, null, place, LeakSource.Content)],
            CancellationToken.None));

    /// <summary>What the job does when the time of a snooze is over.</summary>
    public static Task WakeAsync(this App app, IssuedKey key) => app.InScopeAsync(async (SafetyCenterDb db) =>
    {
        var alert = await db.Alerts.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(row => row.Credential)
            .SingleAsync(row => row.CredentialId == key.Id);
        alert.Wake(app.Now);
        await db.SaveChangesAsync();
    });

    /// <summary>Waits until every email of an organization has left.</summary>
    public static Task WaitForSentAsync(this App app, TestOrganization organization) => Eventually.IsTrueAsync(
        async () => (await app.RowsAsync<Email>(all => all.Where(email => email.OrganizationId == organization.Id)))
            .TrueForAll(email => email.SentAt is not null),
        "every email being sent");
}
