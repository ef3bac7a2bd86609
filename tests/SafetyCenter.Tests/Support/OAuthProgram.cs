using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Support;

/// <summary>A program that asks our authorization server: by hand, so that a test can also ask wrongly.</summary>
/// <param name="app">The product.</param>
/// <param name="clientId">What it calls itself.</param>
/// <param name="secret">What it proves that with; null for a public one.</param>
/// <param name="byBasic">Whether it does so by HTTP Basic; otherwise in the body.</param>
public sealed class OAuthProgram(App app, object clientId, string? secret = null, bool byBasic = false)
{
    /// <summary>The code verifier of every code of <see cref="OAuthPrograms.CodeAsync"/> (RFC 7636, B).</summary>
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    /// <summary>SHA-256 of the verifier, as base64url.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// <summary>What it was answered.</summary>
    public sealed record Answer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers)
    {
        /// <summary>The body.</summary>
        public JsonElement Json => JsonDocument.Parse(Text).RootElement;

        /// <summary>A member of the body, as text.</summary>
        public string this[string name] => Json.GetProperty(name).ToString();

        /// <summary>The access token.</summary>
        public string Access => this["access_token"];

        /// <summary>The refresh token.</summary>
        public string Refresh => this["refresh_token"];

        /// <summary>Fails unless it succeeded; says what it was instead.</summary>
        public Answer Ok()
        {
            Assert.True(Status == HttpStatusCode.OK, $"Expected 200, was {(int)Status}: {Text}");
            return this;
        }

        /// <summary>Fails unless it was refused with this code, as RFC 6749, 5.2 says; says what it was instead.</summary>
        public void Refused(string code, HttpStatusCode status = HttpStatusCode.BadRequest)
        {
            Assert.True(Status == status, $"Expected {(int)status}, was {(int)Status}: {Text}");
            Assert.Equal(code, this["error"]);
            Assert.NotEmpty(this["error_description"]);
            Assert.Equal(["error", "error_description"], Json.EnumerateObject().Select(member => member.Name));
            Assert.True(Headers.CacheControl!.NoStore);
        }
    }

    /// <summary>Exchanges a code.</summary>
    public Task<Answer> ExchangeAsync(
        string code, string? verifier = Verifier, string? redirectUri = TestApps.Callback, string? traceParent = null) =>
        PostAsync(
            "/oauth2/token",
            traceParent,
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirectUri),
            ("code_verifier", verifier));

    /// <summary>Exchanges a refresh token.</summary>
    public Task<Answer> RefreshAsync(string token, string? scope = null, string? traceParent = null) => PostAsync(
        "/oauth2/token", traceParent, ("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope));

    /// <summary>Asks for a token for itself.</summary>
    public Task<Answer> ActAsync(string? scope = null, string? traceParent = null) =>
        PostAsync("/oauth2/token", traceParent, ("grant_type", "client_credentials"), ("scope", scope));

    /// <summary>Gives a token back.</summary>
    public Task<Answer> RevokeAsync(string token, string? hint = null) =>
        PostAsync("/oauth2/revoke", null, ("token", token), ("token_type_hint", hint));

    /// <summary>Asks what a token is worth.</summary>
    public Task<Answer> IntrospectAsync(string token) => PostAsync("/oauth2/introspect", null, ("token", token));

    /// <summary>Posts a form; a field that is null is left out.</summary>
    public async Task<Answer> PostAsync(string path, string? traceParent, params (string Name, string? Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (traceParent is not null)
        {
            request.Headers.Add("traceparent", traceParent);
        }

        if (byBasic)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{WebUtility.UrlEncode($"{clientId}")}:{secret}")));
        }
        else
        {
            fields = [.. fields, ("client_id", $"{clientId}"), ("client_secret", secret)];
        }

        request.Content = new FormUrlEncodedContent(
            fields.Where(field => field.Value is not null)
                .Select(field => KeyValuePair.Create(field.Name, field.Value!)));
        return await app.SendAsync(request);
    }
}

/// <summary>What programs and tests of them need.</summary>
public static class OAuthPrograms
{
    /// <summary>Sends anything to the authorization server, and remembers the secrets that it answers.</summary>
    public static async Task<OAuthProgram.Answer> SendAsync(this App app, HttpRequestMessage request)
    {
        using var response = await app.Visitor.SendAsync(request);
        var answer = new OAuthProgram.Answer(
            response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
        if (answer.Status == HttpStatusCode.OK && answer.Text.Contains("access_token", StringComparison.Ordinal))
        {
            app.Plant(answer.Access);
            if (answer.Json.TryGetProperty("refresh_token", out var refresh))
            {
                app.Plant(refresh.GetString()!);
            }
        }

        return answer;
    }

    /// <summary>A code of a grant, put straight into the database; with all that it holds unless scopes are given.</summary>
    public static Task<string> CodeAsync(
        this App app, Id<Credential> grantId, string[]? scopes = null, string redirectUri = TestApps.Callback) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var grant = await db.OAuthGrants.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == grantId);
            var value = OAuthCode.NewValue();
            db.Add(new OAuthCode(grant, scopes ?? grant.Scopes, redirectUri, OAuthProgram.Challenge, value, app.Now));
            await db.SaveChangesAsync();
            app.Plant(value);
            return value;
        });

    /// <summary>What a gateway says of an access token: 200 or 403.</summary>
    public static async Task<HttpStatusCode> VerifyAsync(this App app, string accessToken) =>
        (await TestApps.CallerWith(app, accessToken).GetAsync("/verify")).Status;

    /// <summary>Changes the database behind everybody's back.</summary>
    public static Task SqlAsync(this App app, FormattableString sql) =>
        app.InScopeAsync(async (SafetyCenterDb db) => await db.Database.ExecuteSqlAsync(sql));

    /// <summary>Changes one row of the database, in whichever organization.</summary>
    public static Task ChangeAsync<T>(this App app, Id<T> id, Action<T> change)
        where T : class => app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            change(await db.Set<T>().IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => EF.Property<Id<T>>(row, "Id") == id));
            await db.SaveChangesAsync();
        });
}
