using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Verification;

/// <summary>What a call brings along, in each of the places where something can be.</summary>
internal sealed record Sent(
    string? Api = null, string? Application = null, string? Bearer = null, string? Client = null, string? Query = null);

/// <summary>An organization of its own with a credential of each kind.</summary>
internal sealed class OneOfEach
{
    private static int _organizations;

    private readonly App _app;

    private OneOfEach(App app, TestOrganization organization) => (_app, Organization) = (app, organization);

    public TestOrganization Organization { get; }

    public IssuedKey ApiKey => Organization.ApiKey;

    public IssuedKey ApplicationKey => Organization.ApplicationKey;

    public required IssuedKey Personal { get; init; }

    public required IssuedKey Service { get; init; }

    public required IssuedKey Client { get; init; }

    /// <summary>What the admin lets an app do, and an access token of it.</summary>
    public required IssuedKey App { get; init; }

    /// <summary>A refresh token of the same.</summary>
    public required string Refresh { get; init; }

    public static async Task<OneOfEach> FoundAsync(App app)
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Every {number}", $"ann@every-{number}.example");
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        var program = await TestApps.AppAsync(app, organization, "program", "dashboards_read", "user_access_read");
        var grant = await TestApps.GrantAsync(app, program.Id, organization.Admin.Id, "dashboards_read", "user_access_read");
        return new OneOfEach(app, organization)
        {
            Personal = await Tokens.AccessAsync(app, organization.Admin.Id, "laptop", "user_app_keys", "dashboards_read"),
            Service = await Tokens.AccessAsync(app, robot, "deploy", "user_app_keys"),
            Client = await Tokens.ClientAsync(app, organization),
            App = new IssuedKey(grant, "program", await TestApps.AccessTokenAsync(app, grant)),
            Refresh = await TestApps.RefreshTokenAsync(app, grant),
        };
    }

    /// <summary>How often each was used so far; and that those, and no others, have a last use.</summary>
    public async Task<Dictionary<Id<Credential>, int>> CallsAsync()
    {
        await _app.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        var rows = await _app.RowsAsync<Usage>(uses => uses.Where(use => use.OrganizationId == Organization.Id));
        var stamped = await _app.RowsAsync<Credential>(keys => keys
            .Where(key => key.OrganizationId == Organization.Id && key.LastUsedAt != null));
        var calls = rows.GroupBy(row => row.CredentialId)
            .ToDictionary(uses => uses.Key, uses => (int)uses.Sum(use => use.Calls));
        Assert.Equal(calls.Keys.Order(), stamped.Select(key => key.Id).Order());
        return new[] { ApiKey, ApplicationKey, Personal, Service, Client, App }
            .ToDictionary(key => key.Id, key => calls.GetValueOrDefault(key.Id));
    }

    /// <summary>Calls with what is sent, each in its place; what is not sent is no header at all.</summary>
    public async Task<HttpResponseMessage> SendAsync(Sent sent, HttpMethod method, string path, string? traceParent = null)
    {
        using var request = new HttpRequestMessage(
            method, sent.Query is null ? path : $"{path}?dd-api-key={Uri.EscapeDataString(sent.Query)}");
        (string Name, string? Value)[] headers =
        [
            ("DD-API-KEY", sent.Api), ("DD-APPLICATION-KEY", sent.Application), ("DD-CLIENT-TOKEN", sent.Client),
            ("Authorization", sent.Bearer is null ? null : $"Bearer {sent.Bearer}"), ("traceparent", traceParent),
        ];
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (method != HttpMethod.Get)
        {
            request.Content = new StringContent("not read {", Encoding.UTF8, "application/json");
        }

        return await _app.Visitor.SendAsync(request);
    }
}
