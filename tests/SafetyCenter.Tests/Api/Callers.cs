using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Api;

/// <summary>Brings callers with exactly the permissions that a test is about.</summary>
internal static class Callers
{
    private static int _count;

    /// <summary>An organization that no other test sees, with its admin.</summary>
    public static async Task<(ApiCaller Admin, TestOrganization Organization)> NewOrganizationAsync(this App app)
    {
        var number = Interlocked.Increment(ref _count);
        var organization = await app.CreateOrganizationAsync($"Callers {number}", $"ann@callers-{number}.example");
        return (ApiCaller.AdminOf(app, organization), organization);
    }

    /// <summary>Somebody whose one role, called like them, grants these permissions.</summary>
    public static async Task<Person> AddWithPermissionsAsync(
        this App app, TestOrganization organization, string name, params string[] permissions)
    {
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.Add(new Role(organization.Id, name, permissions, managed: false, app.Now));
            await db.SaveChangesAsync();
        });
        return await app.AddPersonAsync(organization, $"{name}@{organization.Slug}.example", name, role: name);
    }

    /// <summary>Calls with a new application key of somebody.</summary>
    public static async Task<ApiCaller> CallerAsync(
        this App app, TestOrganization organization, Person person, params string[] scopes)
    {
        var key = await app.IssueApplicationKeyAsync(person, "caller", scopes);
        return ApiCaller.With(app, organization.ApiKey.Secret, key.Secret);
    }

    /// <summary>Does something inside the product as somebody who signed in.</summary>
    public static Task<T> ActAsAsync<T>(
        this App app, TestOrganization organization, Person person, Func<IServiceProvider, Actor, Task<T>> act) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            services.GetRequiredService<CurrentOrganization>().Id = organization.Id;
            var db = services.GetRequiredService<SafetyCenterDb>();
            var user = await db.People.AsNoTracking().Include(row => row.Roles).SingleAsync(row => row.Id == person.Id);
            var row = await db.Organizations.AsNoTracking().SingleAsync(candidate => candidate.Id == organization.Id);
            var actor = services.GetRequiredService<Actor>();
            actor.Is(user, row, new AuditSource(AuditActor.User, user.DisplayName));
            return await act(services, actor);
        });

    /// <summary>Takes a permission from a role, as an edit of the role would.</summary>
    public static Task TakeFromRoleAsync(this App app, TestOrganization organization, string role, string permission) =>
        app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $"""
            UPDATE roles SET permissions = array_remove(permissions, {permission})
            WHERE organization_id = {organization.Id.Value} AND name = {role}
            """));

    /// <summary>Sets how many application keys one user may have, as the operator would.</summary>
    public static Task SetApplicationKeyLimitAsync(this App app, TestOrganization organization, int limit) =>
        app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $"UPDATE organizations SET application_key_limit = {limit} WHERE id = {organization.Id.Value}"));

    /// <summary>What the caller's verification says the key may do.</summary>
    public static async Task<string?> VerifiedScopesAsync(this ApiCaller caller) =>
        (await caller.GetAsync("/verify")).Must(System.Net.HttpStatusCode.OK).Headers.TryGetValues("X-Scopes", out var scopes)
            ? string.Join(' ', scopes)
            : null;

    /// <summary>The names of a list's resources, in order.</summary>
    public static string[] Names(this ApiCaller.Answer answer) =>
        [.. answer.Data.EnumerateArray().Select(key => key.GetProperty("attributes").GetProperty("name").GetString()!)];

    /// <summary>How many a list says there are.</summary>
    public static int Total(this ApiCaller.Answer answer) =>
        answer.Json.GetProperty("meta").GetProperty("page").GetProperty("total_filtered_count").GetInt32();
}
