using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Support;

/// <summary>A scanner that reports to an organization with the token of a reporter.</summary>
public sealed record Scanner(App App, TestOrganization Organization, Id<LeakReporter> Id, string Token)
{
    private string Reporter => $"reporter:{Id}";

    /// <summary>Sends hashes and places.</summary>
    public Task<ApiCaller.Answer> ReportAsync(object body, string? traceParent = null) =>
        new ApiCaller(App, ("Authorization", $"Bearer {Token}"))
            .SendTextAsync(HttpMethod.Post, LeakReportsApi.Address, JsonSerializer.Serialize(body), traceParent);

    /// <summary>Sends a report file.</summary>
    public Task<ApiCaller.Answer> ImportAsync(string file, string query = "", string? traceParent = null) =>
        new ApiCaller(App, ("Authorization", $"Bearer {Token}"))
            .SendTextAsync(HttpMethod.Post, LeakReportsApi.ImportAddress + query, file, traceParent);

    /// <summary>Sends the bytes of a file, whatever they are.</summary>
    public async Task<ApiCaller.Answer> ImportBytesAsync(byte[] file, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, LeakReportsApi.ImportAddress);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Content = new ByteArrayContent(file);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        change?.Invoke(request);
        using var response = await App.Visitor.SendAsync(request);
        return new ApiCaller.Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers);
    }

    /// <summary>What it reported so far, as it is remembered.</summary>
    public Task<List<LeakReport>> DeliveriesAsync()
    {
        var reporter = Reporter;
        return App.RowsAsync<LeakReport>(all => all.Where(report => report.Reporter == reporter));
    }

    /// <summary>The places at which credentials of its organization were seen, in order.</summary>
    public async Task<string[]> PlacesAsync()
    {
        var places = await App.RowsAsync<Occurrence>(
            all => all.Where(occurrence => occurrence.OrganizationId == Organization.Id));
        return [.. places.Select(occurrence => occurrence.Place).Order(StringComparer.Ordinal)];
    }
}

/// <summary>Brings scanners into an app, and what they write.</summary>
public static class Scanners
{
    /// <summary>A reporter of an organization.</summary>
    public static Task<Scanner> AddScannerAsync(this App app, TestOrganization organization, string name = "ci") =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var token = LeakReporter.NewToken(services.GetRequiredService<SecretFormat>());
            var reporter = new LeakReporter(
                organization.Id, name, ReporterProof.Token, token, null, active: 0, organization.Admin.Id, app.Now);
            var db = services.GetRequiredService<SafetyCenterDb>();
            db.Add(reporter);
            await db.SaveChangesAsync();
            app.Plant(token);
            return new Scanner(app, organization, reporter.Id, token);
        });

    /// <summary>An organization of its own with a scanner, whose API key is to be found.</summary>
    public static async Task<Scanner> NewScannerAsync(this App app, string organization) =>
        await app.AddScannerAsync(await app.CreateOrganizationAsync(organization));

    /// <summary>Revokes a reporter.</summary>
    public static Task RevokeAsync(this App app, Scanner scanner) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var reporter = await db.LeakReporters.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == scanner.Id);
            reporter.Revoke(scanner.Organization.Admin.Id, app.Now);
            await db.SaveChangesAsync();
        });

    /// <summary>A finding as gitleaks writes it.</summary>
    public static object Gitleaks(
        string secret, string file = ".env", int line = 3, string commit = "", string? match = null, string? link = null) => new
    {
        RuleID = "safetycenter",
        Description = "A key",
        StartLine = line,
        EndLine = line,
        StartColumn = 9,
        EndColumn = 41,
        Match = match ?? $"API_KEY={secret}",
        Secret = secret,
        File = file,
        SymlinkFile = "",
        Commit = commit,
        Link = link,
        Entropy = 3.7,
        Author = "",
        Email = "",
        Date = "",
        Message = "",
        Tags = Array.Empty<string>(),
        Fingerprint = $"{file}:safetycenter:{line}",
    };

    /// <summary>A report of them.</summary>
    public static string GitleaksReport(params object[] findings) => JsonSerializer.Serialize(findings);

    /// <summary>UTF-8 with the mark that says so.</summary>
    public static byte[] WithMark(string text) => [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>A number of an answer.</summary>
    public static int Number(this ApiCaller.Answer answer, string name) => answer.Data.GetProperty(name).GetInt32();

    /// <summary>Fails unless these are the numbers of an import that was taken.</summary>
    public static void MustBe(
        this ApiCaller.Answer answer,
        int findings,
        int matched,
        int raised,
        int redacted = 0,
        int unreadable = 0,
        int skipped = 0)
    {
        answer.Must(System.Net.HttpStatusCode.Accepted);
        string[] names = ["findings", "matched", "raised", "redacted", "unreadable", "skipped"];
        Assert.Equal([findings, matched, raised, redacted, unreadable, skipped], names.Select(answer.Number));
    }
}
