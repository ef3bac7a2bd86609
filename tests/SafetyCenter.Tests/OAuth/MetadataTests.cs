using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What programs learn of our authorization server, from our address alone (RFC 8414).</summary>
public sealed class MetadataTests(App app, TestPostgres postgres) : IClassFixture<App>
{
    private const string Address = "/.well-known/oauth-authorization-server";

    [Fact]
    public async Task It_says_who_we_are_where_everything_is_and_what_we_can_do()
    {
        using var answer = await app.Visitor.GetAsync(Address);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        var metadata = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("http://localhost:5080", metadata.GetProperty("issuer").GetString());
        foreach (var name in new[] { "authorize", "token", "revoke", "introspect" })
        {
            var member = name switch
            {
                "authorize" => "authorization_endpoint",
                "token" => "token_endpoint",
                "revoke" => "revocation_endpoint",
                _ => "introspection_endpoint",
            };
            Assert.Equal($"http://localhost:5080/oauth2/{name}", metadata.GetProperty(member).GetString());
        }

        Assert.Equal(["code"], Of("response_types_supported"));
        Assert.Equal(["query"], Of("response_modes_supported"));
        Assert.Equal(["authorization_code", "refresh_token", "client_credentials"], Of("grant_types_supported"));
        Assert.Equal(["S256"], Of("code_challenge_methods_supported"));
        foreach (var endpoint in new[] { "token", "revocation", "introspection" })
        {
            Assert.Equal(
                ["none", "client_secret_basic", "client_secret_post"], Of($"{endpoint}_endpoint_auth_methods_supported"));
        }

        Assert.Equal(OAuthScopes.InOrder, Of("scopes_supported"));
        Assert.True(metadata.GetProperty("authorization_response_iss_parameter_supported").GetBoolean());
        Assert.False(metadata.TryGetProperty("registration_endpoint", out _));

        string[] Of(string name) => [.. metadata.GetProperty(name).EnumerateArray().Select(value => value.GetString()!)];
    }

    [Fact]
    public async Task An_address_with_a_path_is_told_in_both_places_and_registration_where_it_is_on()
    {
        await using var other = await App.StartAsync(
            postgres, settings: [("PublicUrl", "https://example.com/safety/"), ("OAuth:DynamicRegistration", "true")]);
        foreach (var address in new[] { Address, Address + "/safety" })
        {
            var metadata = await other.Visitor.GetFromJsonAsync<JsonElement>(address);
            Assert.Equal("https://example.com/safety", metadata.GetProperty("issuer").GetString());
            Assert.Equal("https://example.com/safety/oauth2/token", metadata.GetProperty("token_endpoint").GetString());
            Assert.Equal(
                "https://example.com/safety/api/v2/oauth2/register",
                metadata.GetProperty("registration_endpoint").GetString());
        }

        using var elsewhere = await app.Visitor.GetAsync(Address + "/safety");
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    [Theory]
    [InlineData(Address, "GET")]
    [InlineData("/oauth2/token", "POST")]
    [InlineData("/oauth2/v1/revoke", "POST")]
    public async Task Programs_in_browsers_may_ask_from_everywhere(string address, string method)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, address);
        request.Headers.Add("Origin", "https://app.example.com");
        request.Headers.Add("Access-Control-Request-Method", method);
        using var answer = await app.Visitor.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(method, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Methods")));
        var headers = Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Headers"));
        Assert.Contains("content-type", headers, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData(Address, "POST", "GET")]
    [InlineData("/oauth2/token", "GET", "POST")]
    [InlineData("/oauth2/v1/token", "DELETE", "POST")]
    [InlineData("/oauth2/revoke", "PUT", "POST")]
    [InlineData("/oauth2/introspect", "GET", "POST")]
    [InlineData("/oauth2/introspect", "OPTIONS", "POST")]
    public async Task Another_method_is_told_the_right_one(string address, string method, string right)
    {
        using var answer = await app.Visitor.SendAsync(new HttpRequestMessage(new HttpMethod(method), address));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal([right], answer.Content.Headers.Allow);
        var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString();
        Assert.Equal("invalid_request", error);
    }

    [Fact]
    public async Task What_is_not_there_is_no_page()
    {
        using var answer = await app.Visitor.GetAsync("/.well-known/openid-configuration");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
    }
}
