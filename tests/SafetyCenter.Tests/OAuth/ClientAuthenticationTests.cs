using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Which program asks, and how it proves that.</summary>
public sealed class ClientAuthenticationTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private static int _organizations;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_confidential_app_proves_itself_with_its_secret_which_is_used_then(bool byBasic)
    {
        var (_, app, secret) = await ConfidentialAsync();
        (await new OAuthProgram(stage, app.ClientId, secret.Secret, byBasic).ActAsync()).Ok();
        await stage.FlushAsync();
        var row = Assert.Single(await stage.RowsAsync<OAuthClientSecret>(all => all.Where(row => row.Id == secret.Id)));
        Assert.Equal(stage.Now, row.LastUsedAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_shows_no_secret_or_a_wrong_one_or_has_none_to_show_is_nobody(bool byBasic)
    {
        var (organization, app, secret) = await ConfidentialAsync();
        var (_, _, othersSecret) = await ConfidentialAsync();
        var open = await TestApps.AppAsync(stage, organization, "Open", "user_access_read");
        var wrong = secret.Secret[..^1] + (secret.Secret[^1] == 'a' ? 'b' : 'a');
        string? text = null;
        foreach (var (client, shown) in new (object, string?)[]
        {
            (app.ClientId, null),
            (app.ClientId, wrong),
            (app.ClientId, othersSecret.Secret),
            (app.ClientId, organization.ApiKey.Secret),
            (app.ClientId, organization.ApplicationKey.Secret),
            (open.ClientId, secret.Secret),
            (Guid.NewGuid(), secret.Secret),
            (Guid.NewGuid(), null),
            ("junk", "junk"),
            ("", ""),
        })
        {
            var answer = await new OAuthProgram(stage, client, shown, byBasic).ActAsync();
            answer.Refused("invalid_client", HttpStatusCode.Unauthorized);
            Assert.Equal(byBasic, answer.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Basic"));
            Assert.Equal(text ??= answer.Text, answer.Text);
        }
    }

    [Fact]
    public async Task A_client_that_is_unknown_costs_what_a_wrong_secret_costs()
    {
        var (_, app, secret) = await ConfidentialAsync();
        var wrong = secret.Secret[..^1] + (secret.Secret[^1] == 'a' ? 'b' : 'a');
        using var ofWrong = new Statements();
        using var ofUnknown = new Statements();
        await new OAuthProgram(stage, app.ClientId, wrong).ActAsync(traceParent: ofWrong.TraceParent);
        await new OAuthProgram(stage, Guid.NewGuid(), wrong).ActAsync(traceParent: ofUnknown.TraceParent);
        Assert.Equal(ofWrong.Texts, ofUnknown.Texts);
        Assert.Equal(2, ofWrong.Texts.Count);
    }

    [Fact]
    public async Task A_secret_that_is_revoked_over_off_or_of_a_disabled_organization_proves_nothing()
    {
        var (_, app, secret) = await ConfidentialAsync();
        var program = new OAuthProgram(stage, app.ClientId, secret.Secret);
        await stage.ChangeAsync<Credential>(
            secret.Id, row => row.Revoke(null, RevocationReason.ByHand, int.MaxValue, stage.Now));
        (await program.ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);

        (_, app, secret) = await ConfidentialAsync();
        program = new OAuthProgram(stage, app.ClientId, secret.Secret);
        await stage.ChangeAsync<Credential>(
            secret.Id, row => row.Expire(stage.Now.AddDays(2), int.MaxValue, null, stage.Now));
        (await program.ActAsync()).Ok();
        stage.Time.Jump(TimeSpan.FromDays(2));
        (await program.ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);

        (var organization, app, secret) = await ConfidentialAsync();
        program = new OAuthProgram(stage, app.ClientId, secret.Secret);
        (await program.ActAsync()).Ok();
        await stage.ChangeAsync<Organization>(organization.Id, row => row.Disable(stage.Now));
        (await program.ActAsync()).Refused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_secret_that_is_off_for_a_test_proves_nothing_and_who_missed_it_is_noted()
    {
        var (organization, app, secret) = await ConfidentialAsync();
        var admin = ApiCaller.AdminOf(stage, organization);
        (await admin.PostAsync(Life.Path(secret.Id, "test_revocation"), "test_revocations", new { minutes = 15 }))
            .Must(HttpStatusCode.Created);
        (await new OAuthProgram(stage, app.ClientId, secret.Secret).ActAsync())
            .Refused("invalid_client", HttpStatusCode.Unauthorized);
        await stage.FlushAsync();
        Assert.Single(await stage.RowsAsync<RefusedCall>(all => all.Where(call => call.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Of_two_secrets_both_work_while_one_replaces_the_other()
    {
        var (organization, app, secret) = await ConfidentialAsync();
        var rotated = (await ApiCaller.AdminOf(stage, organization).PostAsync(
            Life.Path(secret.Id, "rotate"), "rotations", new { retire_at = stage.Now.AddDays(1) }))
            .Must(HttpStatusCode.Created);
        (await new OAuthProgram(stage, app.ClientId, secret.Secret).ActAsync()).Ok();
        (await new OAuthProgram(stage, app.ClientId, rotated.Attribute("key").GetString()!).ActAsync()).Ok();
    }

    [Fact]
    public async Task Two_ways_at_once_are_refused_and_naming_oneself_twice_alike_is_not()
    {
        var (_, app, secret) = await ConfidentialAsync();
        var program = new OAuthProgram(stage, app.ClientId, secret.Secret, byBasic: true);
        (await AskAsync(("client_secret", secret.Secret))).Refused("invalid_request");
        (await AskAsync(("client_id", $"{Guid.NewGuid()}"))).Refused("invalid_request");
        (await AskAsync(("client_id", $"{app.ClientId}"), ("client_secret", ""))).Ok();

        Task<OAuthProgram.Answer> AskAsync(params (string, string?)[] also) =>
            program.PostAsync("/oauth2/token", null, [("grant_type", "client_credentials"), .. also]);
    }

    [Fact]
    public async Task Both_parts_of_Basic_are_encoded_as_in_a_form_and_junk_is_nobody()
    {
        var (_, app, secret) = await ConfidentialAsync();
        var encoded = string.Concat($"{app.ClientId}:".Select(letter => letter == '-' ? "%2d" : $"{letter}"))
            + string.Concat(secret.Secret.Select(letter => $"%{(int)letter:X2}"));
        (await AskAsync("Basic " + Base64(encoded))).Ok();
        (await AskAsync("bASIC " + Base64(encoded))).Ok();
        foreach (var junk in new[] { "Basic", "Basic ", "Basic ???", "Basic " + Base64("no colon"), "Basic " + Base64("%:%"),
            "Basic " + Base64("%00:%ff"), "Basic " + new string('A', 8_000) })
        {
            var answer = await AskAsync(junk);
            answer.Refused("invalid_client", HttpStatusCode.Unauthorized);
        }

        // Other schemes are between the caller and whoever stands behind the gateway.
        (await AskAsync("Bearer something")).Refused("invalid_client", HttpStatusCode.Unauthorized);

        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

        async Task<OAuthProgram.Answer> AskAsync(string authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth2/token");
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            request.Content = new StringContent("grant_type=client_credentials");
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
            return await stage.SendAsync(request);
        }
    }

    private async Task<(TestOrganization Organization, OAuthApp App, IssuedKey Secret)> ConfidentialAsync()
    {
        var organization = await stage.CreateOrganizationAsync($"Proof {Interlocked.Increment(ref _organizations)}");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Robot", "user_access_read");
        return (organization, app, secret);
    }
}
