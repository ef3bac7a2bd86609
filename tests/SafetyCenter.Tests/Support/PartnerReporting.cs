using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Support;

/// <summary>What a door answered.</summary>
public sealed record Heard(HttpStatusCode Status, string Body, HttpResponseMessage Message)
{
    /// <summary>The one sentence of a refusal.</summary>
    public string Error
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.GetProperty("errors").EnumerateArray().Single().GetString()!;
        }
    }

    /// <summary>The labels of a report that was taken.</summary>
    public IEnumerable<string> Labels => JsonSerializer.Deserialize<List<Label>>(Body)!.Select(row => row.Value);

    /// <summary>Fails unless it is this status; says what it was instead.</summary>
    public Heard Must(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, was {(int)Status}: {Body}");
        return this;
    }

    /// <summary>How long to wait.</summary>
    public TimeSpan? RetryAfter => Message.Headers.RetryAfter?.Delta;
}

/// <summary>A reporter of an organization, with the token that the product keeps as a hash, or encrypted.</summary>
public sealed record Enrolled(Id<LeakReporter> Id, string Token);

/// <summary>Reports by others than GitHub.</summary>
public static class PartnerReporting
{
    /// <summary>Posts JSON.</summary>
    public static Task<Heard> PostAsync(
        this App app, string path, string body, params (string Name, string Value)[] headers) =>
        app.SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>Sends bytes; they are JSON unless a header says otherwise, and an empty one says nothing.</summary>
    public static async Task<Heard> SendAsync(
        this App app, HttpMethod method, string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, value) in headers)
        {
            if (name.StartsWith("Content-", StringComparison.Ordinal))
            {
                request.Content!.Headers.Remove(name);
                if (value.Length > 0)
                {
                    request.Content.Headers.TryAddWithoutValidation(name, value);
                }
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        var response = await app.Visitor.SendAsync(request);
        return new Heard(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    /// <summary>The headers of a partner over a body.</summary>
    public static (string Name, string Value)[] SignedWith(this KeyServer keys, SignatureHeaders names, string body)
    {
        var signed = keys.Sign(body);
        return [(names.KeyIdentifier, signed.KeyIdentifier), (names.Signature, signed.Signature)];
    }

    /// <summary>The headers of a reporter who signs.</summary>
    public static (string Name, string Value)[] SignedBy(Enrolled reporter, string body, DateTimeOffset at)
    {
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(
            Encoding.ASCII.GetBytes(reporter.Token), Encoding.UTF8.GetBytes($"{timestamp}.{body}"));
        return
        [
            ("X-Reporter-Id", $"{reporter.Id}"),
            ("X-Report-Timestamp", timestamp),
            ("X-Report-Signature", $"sha256={Convert.ToHexStringLower(signature)}"),
        ];
    }

    /// <summary>Makes a reporter of an organization.</summary>
    public static Task<Enrolled> EnrolAsync(
        this App app, TestOrganization organization, ReporterProof proof = ReporterProof.Token, string name = "Scanner") =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var token = LeakReporter.NewToken(services.GetRequiredService<SecretFormat>());
            var kept = proof == ReporterProof.Signature ? services.GetRequiredService<ReporterTokens>().Seal(token) : null;
            var reporter = new LeakReporter(
                organization.Id, name, proof, token, kept, active: 0, organization.Admin.Id, app.Now);
            var db = services.GetRequiredService<SafetyCenterDb>();
            db.Add(reporter);
            await db.SaveChangesAsync();
            app.Plant(token);
            return new Enrolled(reporter.Id, token);
        });

    /// <summary>Ends a reporter.</summary>
    public static Task DismissAsync(this App app, TestOrganization organization, Enrolled reporter) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            (await db.LeakReporters.IgnoreQueryFilters().SingleAsync(row => row.Id == reporter.Id))
                .Revoke(organization.Admin.Id, app.Now);
            await db.SaveChangesAsync();
        });

    /// <summary>Changes an organization.</summary>
    public static Task ChangeAsync(this App app, TestOrganization organization, Action<Organization> change) =>
        app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            row =>
            {
                change(row);
                return Task.FromResult(true);
            },
            CancellationToken.None));

    /// <summary>The alerts of an organization.</summary>
    public static Task<List<Alert>> AlertsOfAsync(this App app, TestOrganization organization) =>
        app.RowsAsync<Alert>(all => all
            .Include(alert => alert.Credential)
            .Include(alert => alert.Events)
            .Where(alert => alert.OrganizationId == organization.Id));

    /// <summary>The places of an organization's alerts.</summary>
    public static Task<List<Occurrence>> PlacesOfAsync(this App app, TestOrganization organization) =>
        app.RowsAsync<Occurrence>(all => all.Where(place => place.OrganizationId == organization.Id));

    /// <summary>The reports of a reporter of an organization.</summary>
    public static Task<List<LeakReport>> ReportsOfAsync(this App app, Enrolled reporter)
    {
        var word = $"reporter:{reporter.Id}";
        return app.RowsAsync<LeakReport>(all => all.Where(report => report.Reporter == word));
    }

    /// <summary>Whether an API key opens the gateway.</summary>
    public static async Task<bool> OpensAsync(this App app, string apiKey) =>
        (await new ApiCaller(app, ("DD-API-KEY", apiKey)).GetAsync("/verify")).Status == HttpStatusCode.OK;
}
