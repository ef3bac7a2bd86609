using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;

namespace SafetyCenter.Tests.Verification;

/// <summary>What is refused whatever it is: junk, what has no permissions, and what has too few.</summary>
public sealed class RefusedCredentialTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task Junk_of_every_shape_is_refused_without_a_question_to_the_database()
    {
        var all = await OneOfEach.FoundAsync(app);
        var (_, secret) = await TestApps.ConfidentialAsync(app, all.Organization, "confidential", "dashboards_read");
        var format = app.Services.GetRequiredService<SecretFormat>();
        string[] junk =
        [
            "junk", "%00", new string('a', 5_000), new string('0', 32), "pub" + new string('0', 32),
            "scapp_" + new string('0', 34), "scpat_" + new string('0', 22) + "_" + new string('0', 38),
            Miss(all.ApiKey), Miss(all.ApplicationKey), Miss(all.Personal), Miss(all.Service), Miss(all.Client), Miss(all.App),
            all.ApiKey.Secret.ToUpperInvariant(), all.Client.Secret.ToUpperInvariant(), all.Personal.Secret + "0",
            format.Mint(SecretKind.OAuthRefreshToken).Reveal(), format.Mint(SecretKind.OAuthClientSecret).Reveal(),
            all.Refresh, secret.Secret,
        ];
        using var statements = new Statements();
        foreach (var text in junk)
        {
            foreach (var sent in new Sent[]
            {
                new(Api: text), new(Application: text), new(Api: all.ApiKey.Secret, Application: text),
                new(Api: text, Application: all.ApplicationKey.Secret), new(Bearer: text), new(Client: text),
                new(Query: text),
            })
            {
                foreach (var path in new[] { "/verify", "/api/v2/validate_keys", "/api/v2/client_tokens" })
                {
                    using var answer = await all.SendAsync(sent, HttpMethod.Get, path, statements.TraceParent);
                    Assert.True(
                        answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden,
                        $"{path} with {sent}: {answer.StatusCode}");
                }
            }
        }

        Assert.Empty(statements.Texts);

        static string Miss(IssuedKey key) => key.Secret[..^1] + (key.Secret[^1] == '0' ? '1' : '0');
    }

    [Fact]
    public async Task No_endpoint_of_the_API_answers_a_client_token_or_an_API_key_alone()
    {
        var all = await OneOfEach.FoundAsync(app);
        var endpoints = app.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ApiEndpointAttribute>() is not null)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
                .Select(method => (Method: new HttpMethod(method), Path: "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))))
            .ToList();
        Assert.True(endpoints.Count >= 20, $"Only {endpoints.Count} endpoints were found.");
        foreach (var (method, pattern) in endpoints)
        {
            var path = Regex.Replace(pattern, @"\{[^}]+\}", Guid.Empty.ToString());
            foreach (var sent in new Sent[]
            {
                new(Client: all.Client.Secret), new(Query: all.Client.Secret), new(Api: all.ApiKey.Secret),
            })
            {
                using var answer = await all.SendAsync(sent, method, path);
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {path}: {answer.StatusCode}");
                Assert.Equal("""{"errors":["Forbidden"]}""", await answer.Content.ReadAsStringAsync());
            }
        }

        Assert.All((await all.CallsAsync()).Values, calls => Assert.Equal(0, calls));
    }

    [Fact]
    public async Task A_token_of_an_app_that_is_sent_as_anything_but_a_bearer_is_refused_without_a_question_to_the_database()
    {
        var all = await OneOfEach.FoundAsync(app);
        using var statements = new Statements();
        foreach (var sent in new Sent[]
        {
            new(Api: all.App.Secret), new(Application: all.App.Secret), new(all.ApiKey.Secret, all.App.Secret),
            new(all.App.Secret, all.ApplicationKey.Secret), new(Client: all.App.Secret), new(Query: all.App.Secret),
        })
        {
            using var answer = await all.SendAsync(sent, HttpMethod.Get, "/verify", statements.TraceParent);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.Empty(statements.Texts);
        Assert.All((await all.CallsAsync()).Values, calls => Assert.Equal(0, calls));
    }

    [Fact]
    public async Task A_call_that_is_refused_for_permission_is_no_use_and_one_that_finds_nothing_is()
    {
        var all = await OneOfEach.FoundAsync(app);
        var nothing = $"/api/v2/personal_access_tokens/{Guid.NewGuid()}";
        var (both, token) = (
            new Sent(Api: all.ApiKey.Secret, Application: all.ApplicationKey.Secret), new Sent(Bearer: all.Personal.Secret));

        // The token's scopes do not open API keys; the key of somebody with less than that is told so as well.
        await UsesAsync(token, HttpMethod.Get, "/api/v2/api_keys", HttpStatusCode.Forbidden, 0, 0, 0);
        await UsesAsync(token, HttpMethod.Get, nothing, HttpStatusCode.NotFound, 0, 0, 1);
        await UsesAsync(both, HttpMethod.Get, nothing, HttpStatusCode.NotFound, 1, 1, 1);
        await UsesAsync(both, HttpMethod.Post, "/api/v2/client_tokens", HttpStatusCode.BadRequest, 2, 2, 1);

        // The domain refuses, also with 403: the last API key stays.
        await UsesAsync(
            both, HttpMethod.Delete, $"/api/v2/api_keys/{all.ApiKey.Id}", HttpStatusCode.Forbidden, 2, 2, 1);

        async Task UsesAsync(
            Sent sent, HttpMethod method, string path, HttpStatusCode status, int api, int application, int personal)
        {
            using var answer = await all.SendAsync(sent, method, path);
            Assert.Equal(status, answer.StatusCode);
            var calls = await all.CallsAsync();
            Assert.Equal(
                (api, application, personal),
                (calls[all.ApiKey.Id], calls[all.ApplicationKey.Id], calls[all.Personal.Id]));
        }
    }
}
