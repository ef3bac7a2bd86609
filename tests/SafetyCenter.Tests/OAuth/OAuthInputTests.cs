using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.OAuth;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What is no request gets the code for that, and never an error of ours.</summary>
public sealed class OAuthInputTests(App app) : IClassFixture<App>, IAsyncLifetime
{
    private const string Form = "application/x-www-form-urlencoded";

    private static int _organizations;
    private OAuthApp _app = null!;
    private string _refresh = "";

    public async ValueTask InitializeAsync()
    {
        var organization = await app.CreateOrganizationAsync($"Input {Interlocked.Increment(ref _organizations)}");
        _app = await TestApps.AppAsync(app, organization, "Sender", "user_access_read");
        _refresh = await TestApps.RefreshTokenAsync(
            app, await TestApps.GrantAsync(app, _app.Id, organization.Admin.Id, "user_access_read"));
    }

    public ValueTask DisposeAsync()
    {
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogLevel.Error);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("/oauth2/token")]
    [InlineData("/oauth2/revoke")]
    [InlineData("/oauth2/introspect")]
    public async Task A_body_that_is_no_form_is_an_invalid_request(string address)
    {
        (await SendAsync(address, null, null)).Refused("invalid_request");
        (await SendAsync(address, "{\"client_id\":\"x\"}", "application/json")).Refused("invalid_request");
        (await SendAsync(address, "client_id=x", "text/plain")).Refused("invalid_request");
        (await SendAsync(address, "--x\r\n\r\n--x--", "multipart/form-data; boundary=x")).Refused("invalid_request");
        (await SendAsync(address, "", Form)).Refused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("client_id=%00")]
    [InlineData("client_id=a%0Ab")]
    [InlineData("client_id=%FF%FE")]
    [InlineData("client_id=%ZZ")]
    [InlineData("client_id=%4")]
    [InlineData("client_id=x&client_id=x")]
    [InlineData("client_id=x&scope=a&scope=b")]
    [InlineData("client_id=x&client_id=")]
    [InlineData("client_id=x&client%5Fid=y")]
    [InlineData("%C3%28=x")]
    public async Task What_cannot_be_decoded_or_comes_twice_is_an_invalid_request(string body) =>
        (await SendAsync("/oauth2/token", body, Form)).Refused("invalid_request");

    [Fact]
    public async Task Raw_bytes_that_are_no_text_are_an_invalid_request()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth2/token");
        request.Content = new ByteArrayContent([.. "client_id="u8, 0xC3, 0x28, 0x00]);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(Form);
        (await app.SendAsync(request)).Refused("invalid_request");
    }

    [Fact]
    public async Task The_body_is_bounded_and_what_is_long_within_it_is_merely_wrong()
    {
        var longest = $"client_id={_app.ClientId}&grant_type=refresh_token&refresh_token={_refresh}&x=";
        var padding = OAuthForm.LengthMax - longest.Length;
        (await SendAsync("/oauth2/token", longest + new string('x', padding + 1), Form))
            .Refused("invalid_request", HttpStatusCode.RequestEntityTooLarge);
        (await SendAsync("/oauth2/token", longest + new string('x', padding), Form)).Ok();

        var long10k = new string('x', 10_000);
        var program = new OAuthProgram(app, _app.ClientId);
        (await program.RefreshAsync(long10k)).Refused("invalid_grant");
        (await program.ExchangeAsync(long10k, long10k, long10k)).Refused("invalid_grant");
        (await program.IntrospectAsync(long10k)).Ok();
        (await new OAuthProgram(app, long10k, long10k).ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);
        (await SendAsync("/oauth2/token", string.Join('&', Enumerable.Range(0, 3_000).Select(n => $"{n}={n}")), Form))
            .Refused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_is_missing_is_named_and_grant_types_that_there_are_not_are_refused()
    {
        var program = new OAuthProgram(app, _app.ClientId);
        (await program.PostAsync("/oauth2/token", null)).Refused("invalid_request");
        foreach (var (type, missing) in new[] { ("authorization_code", "code"), ("refresh_token", "refresh_token") })
        {
            var answer = await program.PostAsync("/oauth2/token", null, ("grant_type", type));
            answer.Refused("invalid_request");
            Assert.Contains($" {missing} ", answer["error_description"], StringComparison.Ordinal);
        }

        foreach (var type in new[] { "password", "implicit", "Refresh_Token", "urn:ietf:params:oauth:grant-type:jwt-bearer" })
        {
            (await program.PostAsync(
                "/oauth2/token", null, ("grant_type", type), ("username", "ann@acme.example"), ("password", "x")))
                .Refused("unsupported_grant_type");
        }
    }

    [Fact]
    public async Task A_parameter_in_the_address_is_none()
    {
        (await SendAsync($"/oauth2/token?client_id={_app.ClientId}", "grant_type=refresh_token", Form))
            .Refused("invalid_client", HttpStatusCode.Unauthorized);
    }

    private async Task<OAuthProgram.Answer> SendAsync(string address, string? body, string? type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type!);
        }

        return await app.SendAsync(request);
    }
}
