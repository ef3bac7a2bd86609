using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Api;

/// <summary>What tests of OAuth apps by the API call again and again.</summary>
internal static class AppCalls
{
    public const string Apps = "/api/v2/org_authorized_clients";
    public const string Own = "/api/v2/user_authorized_clients";

    /// <summary>The grants of an app, also ended ones, as the rows stand; the oldest first.</summary>
    public static Task<List<OAuthGrant>> GrantRowsAsync(this App app, Id<OAuthApp> appId) =>
        app.RowsAsync<OAuthGrant>(grants => grants.Where(grant => grant.AppId == appId).OrderBy(grant => grant.Id));

    /// <summary>An app, as the row stands.</summary>
    public static async Task<OAuthApp> AppRowAsync(this App app, Id<OAuthApp> id) =>
        Assert.Single(await app.RowsAsync<OAuthApp>(apps => apps.Where(row => row.Id == id)));

    /// <summary>One grant, as the row stands.</summary>
    public static async Task<OAuthGrant> GrantRowAsync(this App app, Id<Credential> id) =>
        Assert.Single(await app.RowsAsync<OAuthGrant>(grants => grants.Where(grant => grant.Id == id)));

    /// <summary>Many users each let an app do something.</summary>
    /// <returns>The grants.</returns>
    public static Task<List<Id<Credential>>> GrantManyAsync(
        this App app, TestOrganization organization, Id<OAuthApp> appId, int count) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var found = await db.OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter]).SingleAsync(row => row.Id == appId);
            var grants = Enumerable.Range(0, count).Select(number =>
            {
                var user = User.ServiceAccount(
                    organization.Id, $"many{number:000}@{organization.Slug}.example", $"Many {number:000}", null, [], app.Now);
                db.Add(user);
                return found.Authorize(user, live: null, [found.Scopes[0]], app.Now);
            }).ToList();
            await db.SaveChangesAsync();
            return grants.ConvertAll(grant => grant.Id);
        });

    /// <summary>A grant was last used at that moment, as the flush of the uses would say.</summary>
    public static Task UsedAsync(this App app, Id<Credential> grantId, DateTimeOffset at) =>
        app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $"UPDATE credentials SET last_used_at = {at} WHERE id = {grantId.Value}"));

    /// <summary>The ids on a list.</summary>
    public static string[] Ids(this ApiCaller.Answer answer) =>
        [.. answer.Data.EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];

    /// <summary>The ids of what a resource's relationship names.</summary>
    public static string[] RelatedIds(this JsonElement resource, string name) =>
        [.. resource.GetProperty("relationships").GetProperty(name).GetProperty("data").EnumerateArray()
            .Select(item => item.GetProperty("id").GetString()!)];

    /// <summary>The ids of what a document includes of a type.</summary>
    public static string[] IncludedIds(this ApiCaller.Answer answer, string type) =>
        [.. answer.Included(type).Select(item => item.GetProperty("id").GetString()!)];
}
