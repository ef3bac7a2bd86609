using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Gateways;
using SafetyCenter.Tests.House;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary><c>docs/tour/play.mjs</c>, which plays whoever reports leaks.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PlayTests(App app) : IClassFixture<App>
{
    private const string Key = "f0e1d2c3b4a5968778695a4bd306ae1a";
    private const string Place = "https://github.example/acme/app/blob/main/.env";

    [Fact]
    public async Task GitHub_is_played_so_that_the_product_itself_is_convinced()
    {
        var organization = await app.CreateOrganizationAsync("Played");
        var port = Nginx.FreePort();
        using var http = new HttpClient();
        app.GitHub.AnswerWith(async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(await http.GetStringAsync($"http://127.0.0.1:{port}/public_keys"));
        });

        var (code, output) = await PlayAsync(
            "github", organization.ApiKey.Secret, "--server", app.Address.ToString(), "--port", $"{port}", "--place", Place);

        Assert.Equal(0, code);
        Assert.StartsWith("200 ", output, StringComparison.Ordinal);
        Assert.Contains("\"true_positive\"", output, StringComparison.Ordinal);
        var alert = Assert.Single(await app.RowsAsync<Alert>(all => all.Where(row => row.OrganizationId == organization.Id)));
        var seen = Assert.Single(await app.RowsAsync<Occurrence>(all => all.Where(row => row.AlertId == alert.Id)));
        Assert.Equal(Place, seen.Place);
    }

    [Theory]
    [InlineData("github", "/webhooks/github/secret-scanning", "Github-Public-Key", "$[0].token")]
    [InlineData("gitlab-partner", "/webhooks/gitlab/secret-detection", "Gitlab-Public-Key", "$[0].token")]
    [InlineData("deps-dev", "/webhooks/deps-dev/secret-scanning", "DepsDev-Public-Key", "$[0].token")]
    public async Task A_signed_report_can_be_verified_with_the_key_that_is_served(
        string who, string path, string header, string secretAt)
    {
        await using var server = await Ear.StartAsync();
        var (code, output) = await PlayAsync(
            who, Key, "--server", server.Address, "--port", $"{server.PlayerPort}", "--place", Place);
        Assert.Equal((0, "200 heard\n"), (code, output));
        var heard = server.Heard!;
        Assert.Equal($"POST {path}", heard.Request);
        Assert.Equal(Key, At(heard.Body, secretAt));
        Assert.Equal(Place, At(heard.Body, "$[0].url"));
        using var list = JsonDocument.Parse(heard.Keys);
        var key = Assert.Single(list.RootElement.GetProperty("public_keys").EnumerateArray());
        Assert.Equal(key.GetProperty("key_identifier").GetString(), heard.Headers[$"{header}-Identifier"]);
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(key.GetProperty("key").GetString());
        Assert.True(ecdsa.VerifyData(
            heard.Body,
            Convert.FromBase64String(heard.Headers[$"{header}-Signature"]),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence));
    }

    [Theory]
    [InlineData("gitlab", "/webhooks/gitlab/v1/revoke_tokens", "reporting-token", "$[0].token")]
    [InlineData("scanner", "/api/v2/safety_center/leak_reports/imports", "Bearer reporting-token", "$[0].Secret")]
    [InlineData("trufflehog", "/webhooks/trufflehog/verify", "Bearer reporting-token", "$.SafetyCenterApiKey.key[1]")]
    [InlineData("possession", "/api/v2/credentials/revoke", "", "$.credentials[0]")]
    public async Task The_others_prove_by_a_token_who_they_are_and_possession_by_nothing(
        string who, string path, string authorization, string secretAt)
    {
        await using var server = await Ear.StartAsync();
        var (code, output) = await PlayAsync(who, Key, "--server", server.Address, "--token", "reporting-token");
        Assert.Equal((0, "200 heard\n"), (code, output));
        Assert.Equal($"POST {path}", server.Heard!.Request);
        Assert.Equal(authorization, server.Heard.Headers["Authorization"]);
        Assert.Equal(Key, At(server.Heard.Body, secretAt));
    }

    [Theory]
    [InlineData("Usage:")]
    [InlineData("Usage:", "somebody", Key)]
    [InlineData("Usage:", "github")]
    [InlineData("Unknown option", "github", Key, "--bogus")]
    [InlineData("reporting token", "gitlab", Key)]
    public async Task Who_asks_wrongly_is_told_how(string because, params string[] arguments)
    {
        var (code, output) = await PlayAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(because, output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> PlayAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", ["docs/tour/play.mjs", .. arguments])
        {
            WorkingDirectory = Sources.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("SAFETYCENTER_TOKEN");
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();
        return (node.ExitCode, await output + await error);
    }

    // The few steps of JSONPath that are needed: names and indexes.
    private static string At(byte[] body, string path)
    {
        using var document = JsonDocument.Parse(body);
        var element = document.RootElement;
        foreach (var step in path.Split('.', '[', ']').Skip(1).Where(step => step.Length > 0))
        {
            element = int.TryParse(step, out var index) ? element[index] : element.GetProperty(step);
        }

        return element.GetString()!;
    }

    /// <summary>A server in the place of ours: hears one request, and fetches the sender's public keys if it has any.</summary>
    private sealed class Ear : IAsyncDisposable
    {
        private readonly WebApplication _host;

        private Ear()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            _host = builder.Build();
            _host.Run(HearAsync);
        }

        public sealed record Said(string Request, Dictionary<string, string> Headers, byte[] Body, string Keys);

        public int PlayerPort { get; } = Nginx.FreePort();

        public string Address => _host.Urls.Single();

        public Said? Heard { get; private set; }

        public static async Task<Ear> StartAsync()
        {
            var ear = new Ear();
            await ear._host.StartAsync();
            return ear;
        }

        public ValueTask DisposeAsync() => _host.DisposeAsync();

        private async Task HearAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var headers = context.Request.Headers.ToDictionary(
                header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            headers.TryAdd("Authorization", "");
            using var http = new HttpClient();
            var keys = headers.Keys.Any(name => name.EndsWith("-Signature", StringComparison.OrdinalIgnoreCase))
                ? await http.GetStringAsync($"http://127.0.0.1:{PlayerPort}/public_keys")
                : "";
            Heard = new Said($"{context.Request.Method} {context.Request.Path}", headers, body.ToArray(), keys);
            await context.Response.WriteAsync("heard");
        }
    }
}
