using System.Net;
using System.Text;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Verification;

/// <summary>
/// Each kind of credential at each entry: who gets in, and whose last use is written. One table, because a new entry that
/// forgets to stamp is what others have got wrong.
/// </summary>
public sealed class EveryCredentialTests(App app) : IClassFixture<App>
{
    // The status, and the credentials that the call was a use of.
    private const string Table = """
        what is sent              verify GET      verify POST     v1 validate  v2 validate  validate_keys   an endpoint
        nothing                   401             401             403          403          401             403
        API key                   200 api         200 api         200 api      200 api      401             403
        API + application key     200 api+app     200 api+app     200 api      200 api      200 api+app     200 api+app
        application key alone     403             403             403          403          401             403
        PAT in place              200 personal    200 personal    403          403          200 personal    200 personal
        PAT beside junk           200 personal    200 personal    403          403          200 personal    200 personal
        PAT beside an API key     200 personal    200 personal    200 api      200 api      200 personal    200 personal
        PAT as bearer             200 personal    200 personal    403          403          200 personal    200 personal
        PAT as bearer, API key    200 personal    200 personal    200 api      200 api      200 personal    200 personal
        SAT in place              200 service     200 service     403          403          200 service     200 service
        SAT beside junk           200 service     200 service     403          403          200 service     200 service
        SAT as bearer             200 service     200 service     403          403          200 service     200 service
        client token              200 client      200 client      403          403          401             403
        client token in query     200 client      200 client      403          403          401             403
        client token as API key   403             403             403          403          401             403
        API key in query          403             403             403          403          401             403
        API key as client token   403             403             403          403          401             403
        API key as bearer         403             403             403          403          401             403
        application key as bearer 403             403             403          403          401             403
        PAT as API key            403             403             403          403          401             403
        OAuth as bearer           200 program     200 program     403          403          200 program     403
        OAuth as bearer, API key  200 program     200 program     200 api      200 api      200 program     403
        OAuth in place            403             403             403          403          401             403
        OAuth in place, API key   403             403             200 api      200 api      401             403
        OAuth as API key          403             403             403          403          401             403
        OAuth as client token     403             403             403          403          401             403
        OAuth in query            403             403             403          403          401             403
        refresh token as bearer   403             403             403          403          401             403
        """;

    private static readonly (HttpMethod Method, string Path)[] Entries =
    [
        (HttpMethod.Get, "/verify"),
        (HttpMethod.Post, "/verify"),
        (HttpMethod.Get, "/api/v1/validate"),
        (HttpMethod.Get, "/api/v2/validate"),
        (HttpMethod.Get, "/api/v2/validate_keys"),
        (HttpMethod.Get, "/api/v2/personal_access_tokens"),
    ];

    [Fact]
    public async Task Each_kind_is_let_in_where_it_belongs_and_exactly_what_was_used_is_stamped()
    {
        var all = await OneOfEach.FoundAsync(app);
        var names = new Dictionary<Id<Credential>, string>
        {
            [all.ApiKey.Id] = "api",
            [all.ApplicationKey.Id] = "app",
            [all.Personal.Id] = "personal",
            [all.Service.Id] = "service",
            [all.Client.Id] = "client",
            [all.App.Id] = "program",
        };
        var (api, application) = (all.ApiKey.Secret, all.ApplicationKey.Secret);
        (string What, Sent Sent)[] rows =
        [
            ("nothing", new()),
            ("API key", new(Api: api)),
            ("API + application key", new(Api: api, Application: application)),
            ("application key alone", new(Application: application)),
            ("PAT in place", new(Application: all.Personal.Secret)),
            ("PAT beside junk", new(Api: "junk", Application: all.Personal.Secret)),
            ("PAT beside an API key", new(Api: api, Application: all.Personal.Secret)),
            ("PAT as bearer", new(Bearer: all.Personal.Secret)),
            ("PAT as bearer, API key", new(Api: api, Bearer: all.Personal.Secret)),
            ("SAT in place", new(Application: all.Service.Secret)),
            ("SAT beside junk", new(Api: "junk", Application: all.Service.Secret)),
            ("SAT as bearer", new(Bearer: all.Service.Secret)),
            ("client token", new(Client: all.Client.Secret)),
            ("client token in query", new(Query: all.Client.Secret)),
            ("client token as API key", new(Api: all.Client.Secret)),
            ("API key in query", new(Query: api)),
            ("API key as client token", new(Client: api)),
            ("API key as bearer", new(Bearer: api)),
            ("application key as bearer", new(Bearer: application)),
            ("PAT as API key", new(Api: all.Personal.Secret)),
            ("OAuth as bearer", new(Bearer: all.App.Secret)),
            ("OAuth as bearer, API key", new(Api: api, Bearer: all.App.Secret)),
            ("OAuth in place", new(Application: all.App.Secret)),
            ("OAuth in place, API key", new(Api: api, Application: all.App.Secret)),
            ("OAuth as API key", new(Api: all.App.Secret)),
            ("OAuth as client token", new(Client: all.App.Secret)),
            ("OAuth in query", new(Query: all.App.Secret)),
            ("refresh token as bearer", new(Bearer: all.Refresh)),
        ];
        var found = new List<string> { Table.Split('\n')[0].TrimEnd('\r') };
        var before = await all.CallsAsync();
        foreach (var (what, sent) in rows)
        {
            var line = new StringBuilder($"{what,-26}");
            foreach (var ((method, path), width) in Entries.Zip([16, 16, 13, 13, 16, 1]))
            {
                using var answer = await all.SendAsync(sent, method, path);
                var after = await all.CallsAsync();
                var used = names.Where(name => after[name.Key] != before[name.Key]).Select(name => name.Value).ToList();
                before = after;
                line.Append($"{(int)answer.StatusCode} {string.Join('+', used)}".TrimEnd().PadRight(width - 1)).Append(' ');
            }

            found.Add(line.ToString().TrimEnd());
        }

        Assert.Equal(Table.ReplaceLineEndings("\n"), string.Join('\n', found));
    }

    [Fact]
    public async Task Verify_names_the_kind_the_id_and_the_scopes_and_no_API_key_that_was_not_looked_at()
    {
        var all = await OneOfEach.FoundAsync(app);
        var api = all.ApiKey;
        await NamesAsync(new(Api: api.Secret), "api_key", api.Id, api.Id, "");
        await NamesAsync(
            new(Api: api.Secret, Application: all.ApplicationKey.Secret),
            "application_key", all.ApplicationKey.Id, api.Id, "");
        await NamesAsync(
            new(Api: api.Secret, Application: all.Personal.Secret),
            "personal_access_token", all.Personal.Id, null, "user_app_keys dashboards_read");
        await NamesAsync(new(Bearer: all.Service.Secret), "service_access_token", all.Service.Id, null, "user_app_keys");
        await NamesAsync(new(Client: all.Client.Secret), "client_token", all.Client.Id, null, "");
        await NamesAsync(new(Query: all.Client.Secret), "client_token", all.Client.Id, null, "");
        await NamesAsync(
            new(Api: api.Secret, Bearer: all.App.Secret),
            "oauth_access_token", all.App.Id, null, "dashboards_read user_access_read");

        async Task NamesAsync(Sent sent, string kind, Id<Credential> id, Id<Credential>? apiKey, string scopes)
        {
            using var answer = await all.SendAsync(sent, HttpMethod.Get, "/verify");
            string? Header(string name) =>
                answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
            Assert.Equal(
                (kind, id.ToString(), apiKey?.ToString(), scopes, all.Organization.Id.ToString()),
                (Header("X-Credential-Kind"), Header("X-Credential-Id"), Header("X-Api-Key-Id"), Header("X-Scopes"),
                    Header("X-Organization-Id")));
        }
    }

    [Fact]
    public async Task What_comes_first_is_judged_first()
    {
        var all = await OneOfEach.FoundAsync(app);
        var api = all.ApiKey.Secret;
        (string Kind, Sent Sent)[] cases =
        [
            ("application_key", new(api, all.ApplicationKey.Secret, all.Personal.Secret, all.Client.Secret)),
            ("service_access_token", new(null, all.Service.Secret, all.Personal.Secret, all.Client.Secret)),
            ("personal_access_token", new(api, "", all.Personal.Secret, all.Client.Secret)),
            ("oauth_access_token", new(api, "", all.App.Secret, all.Client.Secret)),
            ("application_key", new(api, all.ApplicationKey.Secret, all.App.Secret)),
            ("api_key", new(api, "", "somebody's.own.token", all.Client.Secret)),
            ("api_key", new(api, null, null, "junk", "junk")),
            ("client_token", new("", "", "somebody's.own.token", all.Client.Secret)),
            ("client_token", new(null, null, null, all.Client.Secret, "junk")),
            ("client_token", new(null, null, null, "", all.Client.Secret)),
            ("refused", new(api, "junk", all.Personal.Secret, all.Client.Secret)),
            ("refused", new("junk", null, null, all.Client.Secret)),
            ("refused", new(api, all.App.Secret, all.Personal.Secret)),
            ("refused", new(null, all.ApplicationKey.Secret, all.Personal.Secret)),
            ("refused", new(null, null, null, "junk", all.Client.Secret)),
            ("refused", new(null, null, "somebody's.own.token")),
        ];
        foreach (var (kind, sent) in cases)
        {
            using var answer = await all.SendAsync(sent, HttpMethod.Get, "/verify");
            var found = answer.StatusCode == HttpStatusCode.OK
                ? answer.Headers.GetValues("X-Credential-Kind").Single()
                : answer.StatusCode == HttpStatusCode.Forbidden ? "refused" : $"{answer.StatusCode}";
            Assert.True(kind == found, $"{sent}: expected {kind}, was {found}");
        }
    }

    [Fact]
    public async Task A_header_that_is_sent_twice_is_no_credential_and_neither_is_a_doubled_parameter()
    {
        var all = await OneOfEach.FoundAsync(app);
        await RefusedAsync(request => request.Headers.Add("DD-API-KEY", [all.ApiKey.Secret, all.ApiKey.Secret]));
        await RefusedAsync(request =>
            request.Headers.Add("DD-APPLICATION-KEY", [all.Personal.Secret, all.Personal.Secret]));
        await RefusedAsync(request => request.Headers.Add("DD-CLIENT-TOKEN", [all.Client.Secret, all.Client.Secret]));
        await RefusedAsync(request =>
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {all.Personal.Secret}");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {all.Personal.Secret}");
        });
        await RefusedAsync(
            _ => { }, $"/verify?dd-api-key={all.Client.Secret}&dd-api-key={all.Client.Secret}");

        async Task RefusedAsync(Action<HttpRequestMessage> add, string path = "/verify")
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            add(request);
            using var answer = await app.Visitor.SendAsync(request);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
        }
    }
}
