using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What a content security policy and what people are told about where an app leads.</summary>
public sealed class AuthorizeRedirectUriTests
{
    [Theory]
    [InlineData("https://app.example.com/cb?x=1", "https://app.example.com", "app.example.com")]
    [InlineData("https://app.example.com:8443/cb", "https://app.example.com:8443", "app.example.com:8443")]
    [InlineData("https://[2001:db8::1]/cb", "https:", "[2001:db8::1]")]
    [InlineData("http://localhost:3000/cb", "http://localhost:3000", "a program on this computer")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1", "a program on this computer")]
    [InlineData("http://[::1]:3000/cb", "http:", "a program on this computer")]
    [InlineData("com.example.app:/back", "com.example.app:", "the app com.example.app on this device")]
    [InlineData("com.example.app:/back;x", "com.example.app:", "the app com.example.app on this device")]
    public void A_redirect_uri_has_an_origin_or_a_scheme_and_words(string uri, string source, string words) =>
        Assert.Equal((source, words), (RedirectUri.PolicySource(uri), RedirectUri.Place(uri)));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("https:")]
    [InlineData("https://*.example.com")]
    [InlineData("https://a.example;script-src/")]
    [InlineData("https://a.example,https://b.example/")]
    [InlineData("https://a.example/ https://b.example")]
    [InlineData("https://user@a.example/")]
    [InlineData("http://a.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("https://a.example/#x")]
    [InlineData("'self'")]
    public void What_can_be_no_redirect_uri_opens_no_policy(string uri) => Assert.Null(RedirectUri.PolicySource(uri));

    [Fact]
    public void The_one_to_use_when_none_is_named_is_the_only_one_if_its_port_is_known()
    {
        Assert.Equal("https://a.example/", RedirectUri.Only(["https://a.example/"]));
        Assert.Equal("com.example.app:/back", RedirectUri.Only(["com.example.app:/back"]));
        Assert.Null(RedirectUri.Only(["https://a.example/", "https://b.example/"]));
        Assert.Null(RedirectUri.Only(["http://127.0.0.1/"]));
        Assert.Null(RedirectUri.Only([]));
    }
}
