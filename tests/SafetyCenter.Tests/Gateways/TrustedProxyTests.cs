using System.Net;
using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Startup;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Gateways;

/// <summary>Whose word counts on where a call comes from. The stage trusts 127.0.0.1 and 10.8.0.0/16.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TrustedProxyTests(GatewayStage stage, App untrusting) : IClassFixture<GatewayStage>, IClassFixture<App>
{
    private static int _organizations;

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1", "2001:db8::7", "2001:db8::7")]
    [InlineData("127.0.0.1", null, "127.0.0.1")]

    // A chain is followed from its end, as long as the sender is trusted; what stands before that anybody may have written.
    [InlineData("127.0.0.1", "203.0.113.7, 10.8.1.2", "203.0.113.7")]
    [InlineData("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.8.1.2, 10.8.3.4", "203.0.113.7")]
    [InlineData("127.0.0.1", "198.51.100.1, 10.9.1.2", "10.9.1.2")]
    [InlineData("127.0.0.1", "198.51.100.1, unknown", "127.0.0.1")]

    // This machine is trusted at one address only.
    [InlineData("127.0.0.2", "203.0.113.7", "127.0.0.2")]
    [InlineData("127.0.0.2", "203.0.113.7, 127.0.0.1", "127.0.0.2")]
    public async Task A_callers_address_is_what_a_trusted_gateway_says(string peer, string? forwarded, string recorded) =>
        Assert.Equal(recorded, await RecordedAsync(stage.App, peer, forwarded));

    [Fact]
    public async Task Nobody_is_trusted_unless_named() =>
        Assert.Equal("127.0.0.1", await RecordedAsync(untrusting, "127.0.0.1", "203.0.113.7"));

    [Fact]
    public async Task The_audit_trail_has_the_callers_address_too()
    {
        var acme = await stage.App.CreateOrganizationAsync(NewName());
        var caller = new ApiCaller(
            stage.App,
            ("DD-API-KEY", acme.ApiKey.Secret),
            ("DD-APPLICATION-KEY", acme.ApplicationKey.Secret),
            ("X-Forwarded-For", "203.0.113.7"));
        (await caller.PostAsync("/api/v2/api_keys", "api_keys", new { name = "made" })).Must(HttpStatusCode.Created);
        var events = await stage.App.RowsAsync<AuditEvent>(rows => rows
            .Where(row => row.OrganizationId == acme.Id && row.AssetName == "made"));
        Assert.Equal("203.0.113.7", Assert.Single(events).Address);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("10.0.3.7", "10.0.3.7/32")]
    [InlineData(" 10.0.3.7 ,10.8.0.0/16,", "10.0.3.7/32 10.8.0.0/16")]
    [InlineData("2001:db8::1, fd00::/8", "2001:db8::1/128 fd00::/8")]
    [InlineData("::ffff:10.0.3.7", "10.0.3.7/32")]
    public void The_setting_holds_addresses_and_networks(string setting, string read) =>
        Assert.Equal(read, string.Join(' ', Read(setting).TrustedProxies));

    [Theory]
    [InlineData("gateway.example.com")]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1;10.0.0.2")]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("10.0.3.7, *")]
    public void Anything_else_stops_the_start_with_a_sentence(string setting)
    {
        var refused = Assert.Throws<CannotStartException>(() => Read(setting));
        Assert.True(Refused.AtStart(refused));
        Assert.Contains("Gateway:TrustedProxies", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"“{setting.Split(',')[^1].Trim()}”", refused.Message, StringComparison.Ordinal);
    }

    private static Installation Read(string setting) => Installation.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Gateway:TrustedProxies"] = setting })
            .Build(),
        new HostingEnvironment { EnvironmentName = "Production" });

    private static async Task<string?> RecordedAsync(App app, string peer, string? forwarded)
    {
        var acme = await app.CreateOrganizationAsync(NewName());
        using var client = GatewayStage.ClientAt(peer);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, "/verify"));
        request.Headers.Add("DD-API-KEY", acme.ApiKey.Secret);
        if (forwarded is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded);
        }

        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await app.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        return Assert.Single(await app.RowsAsync<Credential>(rows => rows.Where(row => row.Id == acme.ApiKey.Id)))
            .LastUsedAddress;
    }

    private static string NewName() => $"trusted-{Interlocked.Increment(ref _organizations)}";
}
