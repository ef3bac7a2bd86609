using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Verification;

/// <summary>Whose credentials are wrong too often is told to wait; whose are right is not, from the same address even.</summary>
public sealed class FailedAuthenticationsTests(ClockedApp app) : IClassFixture<ClockedApp>, IAsyncLifetime
{
    private static readonly string Wrong = new SecretFormat().Mint(SecretKind.ApiKey).Reveal();

    private TestOrganization _organization = null!;

    public async ValueTask InitializeAsync()
    {
        app.Time.Advance(FailedAuthentications.AtOnce * FailedAuthentications.Each);
        _organization = await app.CreateOrganizationAsync($"Failing {Guid.NewGuid():N}");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/api/v1/validate", HttpStatusCode.Forbidden)]
    [InlineData("/api/v2/validate", HttpStatusCode.Forbidden)]
    [InlineData("/api/v2/validate_keys", HttpStatusCode.Unauthorized)]
    [InlineData("/api/v2/api_keys", HttpStatusCode.Forbidden)]
    public async Task Wrong_credentials_wait_and_right_ones_and_none_do_not(string path, HttpStatusCode refused)
    {
        var wrong = ApiCaller.With(app, Wrong, _organization.ApplicationKey.Secret);
        Fail("api", FailedAuthentications.AtOnce - 1);
        (await wrong.GetAsync(path)).Must(refused);

        var late = (await wrong.GetAsync(path)).Must(HttpStatusCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(1), late.Headers.RetryAfter!.Delta);
        Assert.Equal([FailedAuthentications.Sentence], late.Errors);
        (await ApiCaller.AdminOf(app, _organization).GetAsync(path)).Must(HttpStatusCode.OK);
        (await new ApiCaller(app).GetAsync(path)).Must(refused);
        (await new OAuthProgram(app, "nobody", "nothing").ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);

        app.Time.Advance(FailedAuthentications.Each);
        (await wrong.GetAsync(path)).Must(refused);
        (await wrong.GetAsync(path)).Must(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task What_is_ended_counts_and_what_is_not_the_callers_fault_does_not()
    {
        var key = await app.IssueApiKeyAsync(_organization, "ended");
        await app.RevokeAsync(_organization, key);
        Fail("api", FailedAuthentications.AtOnce);
        (await Key(key.Secret).GetAsync("/api/v1/validate")).Must(HttpStatusCode.TooManyRequests);

        // One key of the two that are needed, one that may not do this, and one of a disabled organization.
        (await new ApiCaller(app, ("DD-APPLICATION-KEY", _organization.ApplicationKey.Secret)).GetAsync("/api/v2/api_keys"))
            .Must(HttpStatusCode.Forbidden);
        (await Key(_organization.ApiKey.Secret).GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.Forbidden);
        await app.InScopeAsync(db => db.LockedAsync(
            _organization.Id,
            organization =>
            {
                organization.Disable(app.Now);
                return Task.FromResult(true);
            },
            CancellationToken.None));
        await Eventually.IsTrueAsync(
            async () => (await Key(_organization.ApiKey.Secret).GetAsync("/api/v1/validate")).Status == HttpStatusCode.Forbidden,
            "the organization's end");
    }

    [Fact]
    public async Task Verify_counts_nothing_and_never_tells_anybody_to_wait()
    {
        Fail("api", FailedAuthentications.AtOnce - 1);
        for (var time = 0; time < 3; time++)
        {
            (await Key(Wrong).GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        }

        (await Key(Wrong).GetAsync("/api/v1/validate")).Must(HttpStatusCode.Forbidden);
        (await Key(Wrong).GetAsync("/api/v1/validate")).Must(HttpStatusCode.TooManyRequests);
        (await Key(Wrong).GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_does_not_prove_itself_waits_and_one_that_does_goes_on(bool byBasic)
    {
        var (program, secret) = await TestApps.ConfidentialAsync(app, _organization, "Program", "user_access_read");
        var wrong = new OAuthProgram(app, program.ClientId, "nothing", byBasic);
        Fail("oauth", FailedAuthentications.AtOnce - 1);
        (await wrong.ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);

        var late = await wrong.ActAsync();
        late.Refused("temporarily_unavailable", HttpStatusCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(1), late.Headers.RetryAfter!.Delta);
        (await new OAuthProgram(app, program.ClientId, secret.Secret, byBasic).ActAsync()).Ok();
        (await Key(Wrong).GetAsync("/api/v1/validate")).Must(HttpStatusCode.Forbidden);

        app.Time.Advance(FailedAuthentications.Each);
        (await wrong.ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);
    }

    private ApiCaller Key(string secret) => new(app, ("DD-API-KEY", secret));

    // As if that many calls had failed, from where the tests call.
    private void Fail(string door, int times)
    {
        var failures = app.Services.GetRequiredService<FailedAuthentications>();
        var call = new DefaultHttpContext();
        call.Connection.RemoteIpAddress = IPAddress.Loopback;
        for (var time = 0; time < times; time++)
        {
            Assert.False(failures.AreTooMany(call, door));
        }
    }
}
