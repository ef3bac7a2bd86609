using System.Net;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Verification;

/// <summary>What <c>/verify</c> passes in the whole program, and what it does not.</summary>
public sealed class VerifyInPipelineTests(App app) : IClassFixture<App>
{
    // What the cookie's handler says of a call without one.
    private const string AskedForSession = "Identity.Application was not authenticated";

    [Fact]
    public async Task A_verification_asks_for_no_session_and_has_the_headers_of_every_answer()
    {
        var acme = await app.CreateOrganizationAsync("Acme");
        foreach (var (path, key, status) in new[]
        {
            ("/verify", acme.ApiKey.Secret, HttpStatusCode.OK),
            ("/verify/api/v2/users", acme.ApiKey.Secret, HttpStatusCode.OK),
            ("/verify", "unknown", HttpStatusCode.Forbidden),
            ("/verify", "", HttpStatusCode.Unauthorized),
            ("/api/v1/validate", acme.ApiKey.Secret, HttpStatusCode.OK),
            ("/api/v2/validate", acme.ApiKey.Secret, HttpStatusCode.OK),
            ("/api/v2/validate_keys", acme.ApiKey.Secret, HttpStatusCode.Unauthorized),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("DD-API-KEY", key);
            using var answer = await app.Visitor.SendAsync(request);
            Assert.Equal(status, answer.StatusCode);
            Assert.StartsWith(
                "default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }

        Assert.DoesNotContain(app.Log.Lines, line => line.Text.Contains(AskedForSession, StringComparison.Ordinal));
        using var page = await app.Visitor.GetAsync("/sign-in");
        Assert.Contains(app.Log.Lines, line => line.Text.Contains(AskedForSession, StringComparison.Ordinal));
    }
}
