using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What an app gets back through the person's browser.</summary>
internal sealed record Answer(string Address, IReadOnlyDictionary<string, string> Fields)
{
    public string? this[string name] => Fields.GetValueOrDefault(name);
}

/// <summary>What apps ask for and what people do about it, for tests of the authorization endpoint.</summary>
internal static class AuthorizeStage
{
    /// <summary>That of RFC 7636, appendix B.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// <summary>Who the app sees us as.</summary>
    public const string Issuer = "http://localhost:5080";

    public const string Address = "/oauth2/authorize";

    /// <summary>The address that an app sends somebody to.</summary>
    /// <param name="clientId">The app.</param>
    /// <param name="fields">What differs from a good request; null leaves a field out.</param>
    public static string AddressOf(Id<OAuthClient> clientId, params (string Name, string? Value)[] fields)
    {
        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = clientId.ToString(),
            ["redirect_uri"] = TestApps.Callback,
            ["scope"] = "user_access_read",
            ["state"] = "a state",
            ["code_challenge"] = Challenge,
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in fields)
        {
            query[name] = value;
        }

        return QueryHelpers.AddQueryString(Address, query);
    }

    /// <summary>A program that registered itself.</summary>
    public static Task<OAuthClient> DynamicAsync(this App app, string name, params string[] scopes) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var client = OAuthClient.RegisterItself(
                name, "Itself Ltd", "https://itself.example/about", [TestApps.Callback], scopes, app.Now);
            db.Add(client);
            await db.SaveChangesAsync();
            return client;
        });

    /// <summary>An app of the organization that people can be sent back from to several places.</summary>
    public static Task<OAuthApp> RegisteredAsync(
        this App app, TestOrganization organization, string name, string[] redirectUris, params string[] scopes) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var admin = organization.Admin.Id;
            var client = OAuthClient.Register(
                organization.Id, name, "Somebody", redirectUris, scopes, isConfidential: false, null, admin, app.Now);
            var made = new OAuthApp(client, organization.Id, isApproved: true, admin, app.Now);
            db.Add(made);
            await db.SaveChangesAsync();
            return made;
        });

    /// <summary>Changes an app behind the back of everybody.</summary>
    public static Task ChangeAsync(this App app, Id<OAuthApp> id, Action<OAuthApp> change) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            change(await db.OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter]).SingleAsync(row => row.Id == id));
            await db.SaveChangesAsync();
        });

    /// <summary>Follows an address, which must lead back to the app at once.</summary>
    public static async Task<Answer> FollowAsync(this HttpClient person, string address)
    {
        using var response = await person.GetAsync(address);
        return AnswerOf(response, HttpStatusCode.Redirect);
    }

    /// <summary>Opens the consent page and presses a button that leads back to the app.</summary>
    public static async Task<Answer> PressAsync(this HttpClient person, string address, string button)
    {
        using var response = await person.PostFormAsync(address, button, within: "main");
        return AnswerOf(response, HttpStatusCode.SeeOther);
    }

    /// <summary>What a redirect says to the app.</summary>
    public static Answer AnswerOf(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        var address = response.Headers.Location!.OriginalString;
        var (where, query) = address.Split('?', 2) is [var path, var rest] ? (path, rest) : (address, "");
        var fields = QueryHelpers.ParseQuery(query);
        Assert.All(fields, field => Assert.Single(field.Value));
        return new Answer(where, fields.ToDictionary(field => field.Key, field => field.Value.ToString()));
    }

    /// <summary>Opens an address that must be answered with a page, and never with a redirect.</summary>
    public static async Task<AngleSharp.Html.Dom.IHtmlDocument> PageAsync(
        this HttpClient person, string address, HttpStatusCode status)
    {
        using var response = await person.GetAsync(address);
        Assert.Equal(status, response.StatusCode);
        Assert.Null(response.Headers.Location);
        return await response.DocumentAsync();
    }

    public static Task<List<OAuthGrant>> GrantsAsync(this App app, Id<OAuthClient> clientId) => app.InScopeAsync(
        (SafetyCenterDb db) => db.OAuthGrants.IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking()
            .Where(grant => db.OAuthApps.IgnoreQueryFilters(new[] { CurrentOrganization.Filter })
                .Any(row => row.Id == grant.AppId && row.ClientId == clientId))
            .OrderBy(grant => grant.CreatedAt)
            .ToListAsync());

    public static Task<List<OAuthCode>> CodesAsync(this App app, OAuthGrant grant) =>
        app.RowsAsync<OAuthCode>(all => all.Where(code => code.GrantId == grant.Id).OrderBy(code => code.Id));
}
