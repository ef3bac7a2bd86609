using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.OAuth;

namespace SafetyCenter.Web.Api;

/// <summary>
/// OAuth apps as resources of the API, in Datadog's words: an app is an org authorized client, the program that it is an
/// OAuth2 client, and what one user lets it do a user authorized client. A scope is named by its name.
/// </summary>
internal static class AuthorizedClientResource
{
    /// <summary>The type of an app.</summary>
    public const string AppType = "org_authorized_clients";

    private const string GrantType = "user_authorized_clients";
    private const string ClientType = "oauth2_clients";
    private const string ScopeType = "scopes";

    /// <summary>An app.</summary>
    /// <param name="summary">The app, and how it is used.</param>
    /// <param name="grants">As many of its grants as stand beside it; the link leads to all of them.</param>
    public static object Of(AppSummary summary, IEnumerable<OAuthGrant> grants) => new
    {
        type = AppType,
        id = summary.App.Id.ToString(),
        attributes = new
        {
            disabled = summary.App.DisabledAt is not null,
            approved = summary.App.ApprovedAt is not null,
            last_exercised = Wire.Time(summary.LastExercised),
            user_count = summary.Users,
        },
        relationships = new
        {
            oauth2_client = Wire.To<OAuthClient>(ClientType, summary.App.ClientId),
            user_authorized_clients = new
            {
                data = grants.Select(grant => new { type = GrantType, id = grant.Id.ToString() }),
                links = new { related = $"/api/v2/{AppType}/{summary.App.Id}/{GrantType}" },
            },
        },
    };

    /// <summary>A grant.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="app">Its app.</param>
    public static object Of(OAuthGrant grant, OAuthApp app) => new
    {
        type = GrantType,
        id = grant.Id.ToString(),
        attributes = new
        {
            created_at = Wire.Time(grant.AuthorizedAt),
            modified_at = Wire.Time(grant.RevokedAt ?? grant.ModifiedAt ?? grant.AuthorizedAt),
            last_exercised = Wire.Time(grant.LastUsedAt),
            disabled = !grant.IsActive,
            org_disabled = app.DisabledAt is not null,
        },
        relationships = new
        {
            oauth2_client = Wire.To<OAuthClient>(ClientType, app.ClientId),
            scopes = ToScopes(grant.Scopes),
            user = Wire.To<User>(UsersApi.Type, grant.OwnerId),
        },
    };

    /// <summary>A program. There is no marketplace, so that none is an app of one.</summary>
    public static object Of(OAuthClient client) => new
    {
        type = ClientType,
        id = client.Id.ToString(),
        attributes = new
        {
            name = client.Name,
            publisher = client.Publisher,
            website = client.Website,
            confidential = client.IsConfidential,
            dynamic = client.IsDynamic,
            redirect_uris = client.RedirectUris,
            created_at = Wire.Time(client.CreatedAt),
        },
        relationships = new { app = new { data = (object?)null }, scopes = ToScopes(client.Scopes) },
    };

    /// <summary>A scope.</summary>
    public static object Of(string scope) => new
    {
        type = ScopeType,
        id = scope,
        attributes = new { name = scope, description = OAuthScopes.Words(scope), writes = OAuthScopes.Write([scope]) },
    };

    private static object ToScopes(IEnumerable<string> scopes) =>
        new { data = scopes.Select(scope => new { type = ScopeType, id = scope }) };
}
