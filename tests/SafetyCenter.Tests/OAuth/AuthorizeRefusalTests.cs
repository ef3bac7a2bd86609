using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.OAuth;
using static SafetyCenter.Tests.OAuth.AuthorizeStage;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What an app may not ask for, and the addresses that nothing is ever sent to.</summary>
public sealed class AuthorizeRefusalTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    // A field, what is wrong with it, and what the app is told.
    private static readonly (string Field, string? Value, string Error)[] Wrong =
    [
        ("response_type", null, "invalid_request"),
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("code_challenge", null, "invalid_request"),
        ("code_challenge", Challenge[1..], "invalid_request"),
        ("code_challenge", Challenge + "A", "invalid_request"),
        ("code_challenge", Challenge[1..] + "=", "invalid_request"),
        ("code_challenge_method", null, "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "s256", "invalid_request"),
        ("prompt", "none consent", "invalid_request"),
        ("scope", "metrics_read", "invalid_scope"),
        ("scope", "user_access_read api_keys_write", "invalid_scope"),
        ("scope", "User_Access_Read", "invalid_scope"),
        ("scope", "no\0such\"scope", "invalid_scope"),
    ];

    // Addresses that look like that of the app, https://app.example.com/callback.
    private static readonly string[] Elsewhere =
    [
        "https://evil.example/callback", "//evil.example/callback", "/callback", "javascript:alert(1)//callback",
        "https://user@app.example.com/callback", "https://app.example.com@evil.example/callback",
        "https://app.example.com\\@evil.example/callback", "https://app.example.com.evil.example/callback",
        "https://app.example.com./callback", "https://APP.example.com/callback", "HTTPS://app.example.com/callback",
        "http://app.example.com/callback", "https://app.example.com:443/callback", "https://app.example.com:8443/callback",
        "https://app.example.com/callback/", "https://app.example.com/callback/../callback", "https://app.example.com/Callback",
        "https://app.example.com/callback?next=evil", "https://app.example.com/callback?", "https://app.example.com/callback#x",
        "https://app.example.com/%63allback", "https%3A%2F%2Fapp.example.com%2Fcallback", " https://app.example.com/callback",
        "https://app.example.com/callback\r\nSet-Cookie: a=b", "https://app.example.com/callback\n", "*",
    ];

    // Addresses that look like that of a program on the person's computer, http://127.0.0.1/cb.
    private static readonly string[] NearlyLocal =
    [
        "http://localhost:80/cb", "http://127.0.0.1:99999/cb", "http://127.0.0.1:1/cb\n", "http://127.0.0.1:1/cb/",
        "http://127.0.0.1:1@evil.example/cb", "http://127.0.0.1.evil.example/cb", "https://127.0.0.1:1/cb",
        "http://127.1:1/cb", "http://[::1]:1/cb", "http://127.0.0.1:1/cb?x", "http://127.0.0.1:-1/cb", "http://127.0.0.1:/cb",
    ];

    [Fact]
    public async Task The_app_is_told_what_is_wrong_and_gets_its_state_back()
    {
        var (made, client) = await StageAsync();
        using var _ = client;
        foreach (var (field, value, error) in Wrong)
        {
            var answer = await client.FollowAsync(AddressOf(made.ClientId, (field, value)));
            Assert.Equal((field, value, error), (field, value, answer["error"]));
            Assert.Equal(TestApps.Callback, answer.Address);
            Assert.Equal(("a state", Issuer, null), (answer["state"], answer["iss"], answer["code"]));
            Assert.All(answer["error_description"]!, letter => Assert.True(letter is >= ' ' and <= '~' and not '"' and not '\\'));
            Assert.InRange(answer["error_description"]!.Length, 10, 100);
        }
    }

    [Fact]
    public async Task A_parameter_that_is_sent_twice_is_refused()
    {
        var (made, client) = await StageAsync();
        using var _ = client;
        string[] fields =
        [
            "scope", "state", "response_type", "code_challenge", "code_challenge_method", "prompt", "organization",
        ];
        foreach (var field in fields)
        {
            var answer = await client.FollowAsync($"{AddressOf(made.ClientId, (field, "x"))}&{field}=x");
            Assert.Equal("invalid_request", answer["error"]);
            Assert.Contains(field, answer["error_description"], StringComparison.Ordinal);
            Assert.Equal(field == "state" ? null : "a state", answer["state"]);
        }

        // One that we do not know is the app's own business.
        await client.PageAsync(AddressOf(made.ClientId) + "&resource=a&resource=b");
    }

    [Fact]
    public async Task A_state_has_a_longest_length_and_so_has_the_whole_address()
    {
        var (made, client) = await StageAsync();
        using (client)
        {
            var longest = new string('s', AuthorizationRequest.StateLengthMax);
            Assert.Equal(longest, (await client.PressAsync(AddressOf(made.ClientId, ("state", longest)), "Deny"))["state"]);
            var longer = await client.FollowAsync(AddressOf(made.ClientId, ("state", longest + "s")));
            Assert.Equal(("invalid_request", null), (longer["error"], longer["state"]));
            await client.PageAsync(
                AddressOf(made.ClientId, ("extra", new string('e', AuthorizationRequest.LengthMax))), HttpStatusCode.BadRequest);

            // The state is not demanded: PKCE is.
            Assert.Equal(
                ["error", "error_description", "iss"],
                (await client.PressAsync(AddressOf(made.ClientId, ("state", null)), "Deny")).Fields.Keys.Order());
        }
    }

    [Fact]
    public async Task Nothing_goes_to_an_address_that_is_not_exactly_one_of_the_app()
    {
        var (made, client) = await StageAsync();
        using var _ = client;
        foreach (var elsewhere in Elsewhere)
        {
            // With all that may send an answer at once: an error, a consent, a wish for silence.
            await MustStayAsync(client, AddressOf(made.ClientId, ("redirect_uri", elsewhere)));
            await MustStayAsync(client, AddressOf(made.ClientId, ("redirect_uri", elsewhere), ("response_type", "token")));
            await MustStayAsync(client, AddressOf(made.ClientId, ("redirect_uri", elsewhere), ("prompt", "none")));
            await MustStayAsync(app.Visitor, AddressOf(made.ClientId, ("redirect_uri", elsewhere), ("prompt", "none")));
        }
    }

    [Fact]
    public async Task Of_a_program_on_the_computer_only_the_port_may_differ()
    {
        var organization = await OrganizationAsync();
        var made = await app.RegisteredAsync(organization, "Local", ["http://127.0.0.1/cb"], "events_read");
        var bare = await app.RegisteredAsync(organization, "Bare", ["http://127.0.0.1"], "events_read");
        using var client = await app.SignedInAsync(organization.Admin);
        foreach (var elsewhere in NearlyLocal)
        {
            await MustStayAsync(client, AddressOf(made.ClientId, ("redirect_uri", elsewhere), ("scope", null)));
        }

        await MustStayAsync(client, AddressOf(bare.ClientId, ("redirect_uri", "http://127.0.0.1\n"), ("scope", null)));
    }

    [Fact]
    public async Task An_app_that_is_unknown_deleted_or_of_others_is_answered_alike_with_a_page_of_ours()
    {
        var (made, client) = await StageAsync();
        var others = await app.CreateOrganizationAsync($"Others {Guid.NewGuid():N}");
        using (client)
        {
            var theirs = await TestApps.AppAsync(app, others, "Theirs", "user_access_read");
            var unknown = await MustStayAsync(client, AddressOf(new Id<OAuthClient>(Guid.NewGuid())));
            Assert.Equal(unknown, await MustStayAsync(client, AddressOf(theirs.ClientId)));
            Assert.Equal(unknown, await MustStayAsync(client, AddressOf(theirs.ClientId, ("prompt", "none"))));
            await app.ChangeAsync(made.Id, row => row.Delete(app.Now));
            Assert.Equal(unknown, await MustStayAsync(client, AddressOf(made.ClientId)));
            foreach (var garbage in new[] { null, "", "x", "\0", $"{{{theirs.ClientId}}}", "' OR 1=1" })
            {
                Assert.Equal(unknown, await MustStayAsync(client, AddressOf(default, ("client_id", garbage))));
            }
        }
    }

    [Fact]
    public async Task Garbage_is_answered_with_a_page_and_a_form_without_its_token_not_at_all()
    {
        var (made, client) = await StageAsync();
        using (client)
        {
            var good = AddressOf(made.ClientId);
            foreach (var garbage in new[]
            {
                "?", "?%00", "?client_id=%FF%FE", "?client_id[]=1", "?=&=&&&", "?%", "?client_id=%zz", "?handler=Ask", "?page=x",
                $"?client_id={made.ClientId}&client_id={made.ClientId}",
            })
            {
                await MustStayAsync(client, Address + garbage);
            }

            await MustStayAsync(client, $"{good}&redirect_uri={TestApps.Callback}");
            await client.PageAsync($"{good}&handler=Ask&organization=%00&page=x&answer=authorize");
            using var forged = await client.PostAsync(
                good, new FormUrlEncodedContent([KeyValuePair.Create("answer", "authorize")]));
            Assert.Equal(good, forged.Headers.Location!.OriginalString);
            using var empty = await client.PostWithTokenOfAsync(good, good, ("answer", "everything"));
            Assert.Equal(HttpStatusCode.OK, empty.StatusCode);
            Assert.Empty(await app.GrantsAsync(made.ClientId));
        }
    }

    private static async Task<string> MustStayAsync(HttpClient client, string address)
    {
        using var response = await client.GetAsync(address);
        Assert.Equal((address, HttpStatusCode.BadRequest, null), (address, response.StatusCode, response.Headers.Location));
        Assert.Contains(
            "form-action 'self';",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
        var page = await response.DocumentAsync();
        Assert.Equal("This link does not work", page.QuerySelector("h1")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("main a"));
        return page.QuerySelector("main")!.TextContent;
    }

    private Task<TestOrganization> OrganizationAsync() => app.CreateOrganizationAsync($"Refusing {Guid.NewGuid():N}");

    private async Task<(OAuthApp Made, HttpClient Client)> StageAsync()
    {
        var organization = await OrganizationAsync();
        return (
            await TestApps.AppAsync(app, organization, "Asker", "user_access_read"), await app.SignedInAsync(organization.Admin));
    }
}
