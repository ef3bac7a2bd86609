using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Tests.Core.OAuth;

/// <summary>Where an app may have people sent back to, rule by rule.</summary>
public sealed class RedirectUriTests
{
    public static TheoryData<string> Good =>
    [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com:8443/callback?tenant=1&x=%20",
        "https://xn--bcher-kva.example/callback",
        "https://[2001:db8::1]/callback",
        "HTTPS://App.example.com/Callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65535/callback",
        "http://[::1]/callback",
        "http://[::1]:3000/callback?x=1",
        "http://localhost",
        "http://localhost:3000?x=1",
        "com.example.app:/callback",
        "com.example.app://callback",
        "https://app.example.com/" + new string('a', RedirectUri.LengthMax - 24),
    ];

    public static TheoryData<string> Bad =>
    [
        "",
        " ",
        "/callback",
        "//app.example.com/callback",
        "app.example.com/callback",
        "http://app.example.com/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://localhost@evil.example/callback",
        "http://localhost.evil.example/callback",
        "http://evil.example/localhost",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:3000:3000/callback",
        "http://[::1]:65536/callback",
        "http://[::1%25eth0]/callback",
        "http://[::ffff:127.0.0.1]/callback",
        "http://0.0.0.0/callback",
        "http://127.1/callback",
        "http://0x7f000001/callback",
        "http:/127.0.0.1/callback",
        "https://app.example.com:65536/callback",
        "https://user@app.example.com/callback",
        "https://user:password@app.example.com/callback",
        "https://app.example.com%2f@evil.example/callback",
        "https:///callback",
        "https://",
        "https:app.example.com/callback",
        "https:/app.example.com/callback",
        "https://app.example.com/callback#",
        "https://app.example.com/callback#fragment",
        "com.example.app:/callback#fragment",
        "https://*.example.com/callback",
        "https://app.example.com/*",
        "https://bücher.example/callback",
        "https://app.example.com/käse",
        "https://аpp.example.com/callback",
        "https://app.example.com/\u202ecallback",
        "https://app.example.com/call back",
        " https://app.example.com/callback",
        "https://app.example.com/callback\r\nLocation: https://evil.example",
        "https://app.example.com/callback\n",
        "https://app.example.com/\tcallback",
        "https://app.example.com/\0",
        "https://app.example.com\\@evil.example/callback",
        "https://app.example.com/<script>",
        "https://app.example.com/\"",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,hello",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://app.example.com/callback",
        "blob:https://app.example.com/1",
        "urn:ietf:wg:oauth:2.0:oob",
        "myapp:/callback",
        "myapp://callback",
        "https://app.example.com/" + new string('a', RedirectUri.LengthMax - 23),
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public void What_is_exact_and_safe_is_kept_as_it_was_given(string uri) =>
        Assert.Equal(uri, Assert.Single(RedirectUri.Clean([uri, uri])));

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_could_lead_elsewhere_is_refused_in_a_sentence_about_that_field(string uri)
    {
        var refused = Assert.Throws<RefusedException>(() => RedirectUri.Clean(["https://app.example.com/callback", uri]));
        Assert.Equal("redirect_uris", refused.Field);
        Assert.Equal(Refusal.Invalid, refused.Refusal);
        Assert.EndsWith(".", refused.Message, StringComparison.Ordinal);
        Assert.Throws<RefusedException>(() => RedirectUri.Clean([null]));
    }

    [Fact]
    public void There_is_an_end_to_how_many_an_app_has()
    {
        var many = Enumerable.Range(0, RedirectUri.CountMax).Select(number => $"https://app.example.com/{number}").ToList();
        Assert.Equal(many, RedirectUri.Clean(many));
        Assert.Throws<RefusedException>(() => RedirectUri.Clean(many.Append("https://app.example.com/more")));
    }

    [Theory]
    [InlineData("https://app.example.com/cb", "https://app.example.com/cb", true)]
    [InlineData("https://app.example.com/cb", "https://app.example.com/cb/", false)]
    [InlineData("https://app.example.com/cb", "https://app.example.com/cb?x=1", false)]
    [InlineData("https://app.example.com/cb", "https://app.example.com/CB", false)]
    [InlineData("https://app.example.com/cb", "https://app.example.com:443/cb", false)]
    [InlineData("https://app.example.com/cb", "https://app.example.com/cb/../x", false)]
    [InlineData("https://app.example.com/cb", "https://app.example.com.evil.example/cb", false)]
    [InlineData("https://app.example.com/cb", "http://app.example.com/cb", false)]
    [InlineData("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb", false)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true)]
    [InlineData("http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", true)]
    [InlineData("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:1/cb2", false)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:1/cb#x", false)]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:1/cb\n", false)]
    [InlineData("http://127.0.0.1/cb", "http://localhost:1/cb", false)]
    [InlineData("http://127.0.0.1/cb", "http://[::1]:1/cb", false)]
    [InlineData("http://[::1]/cb", "http://[::1]:1/cb", true)]
    [InlineData("http://localhost:3000/cb?x=1", "http://localhost:4000/cb?x=1", true)]
    [InlineData("http://localhost:3000/cb?x=1", "http://localhost:4000/cb?x=2", false)]
    [InlineData("com.example.app:/cb", "com.example.app:/cb", true)]
    [InlineData("com.example.app:/cb", "com.example.app:/cb2", false)]
    public void Only_the_port_of_a_persons_own_machine_may_differ(string registered, string asked, bool isAmong) =>
        Assert.Equal(isAmong, RedirectUri.IsAmong(["https://other.example/cb", registered], asked));
}
