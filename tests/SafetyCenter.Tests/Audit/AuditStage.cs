using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Audit;

/// <summary>What tests of the audit trail have in common.</summary>
internal static class AuditStage
{
    /// <summary>Where acts of <see cref="ActAsync{T}"/> come from.</summary>
    public const string Address = "192.0.2.44";

    /// <summary>What happened in an organization, in order.</summary>
    public static Task<List<AuditEvent>> EventsAsync(this App app, TestOrganization organization) =>
        app.RowsAsync<AuditEvent>(all => all
            .Where(row => row.OrganizationId == organization.Id)
            .OrderBy(row => row.At).ThenBy(row => row.Id));

    /// <summary>What an act adds to the trail.</summary>
    public static async Task<List<AuditEvent>> EventsOfAsync(this App app, TestOrganization organization, Func<Task> act)
    {
        var before = (await app.EventsAsync(organization)).Select(row => row.Id).ToHashSet();
        await act();
        return [.. (await app.EventsAsync(organization)).Where(row => !before.Contains(row.Id))];
    }

    /// <summary>Does something as the admin, as a page would once the gate has let them in.</summary>
    public static Task<T> ActAsync<T>(
        this App app, TestOrganization organization, Func<SafetyCenterDb, Actor, IServiceProvider, Task<T>> act) =>
        app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            services.GetRequiredService<CurrentOrganization>().Id = organization.Id;
            var user = await db.People.AsNoTracking().Include(row => row.Roles)
                .SingleAsync(row => row.Id == organization.Admin.Id);
            var actor = services.GetRequiredService<Actor>();
            actor.Is(
                user,
                await db.Organizations.AsNoTracking().SingleAsync(row => row.Id == organization.Id),
                new AuditSource(AuditActor.User, user.DisplayName)
                {
                    UserId = user.Id,
                    Email = user.Email,
                    Method = "SESSION",
                    Address = Address,
                    Client = "browser",
                    HttpMethod = "POST",
                    Path = "/somewhere",
                });
            return await act(db, actor, services);
        });

    /// <summary>What was changed, as JSON.</summary>
    public static System.Text.Json.JsonElement Change(this AuditEvent row, string property) =>
        System.Text.Json.JsonDocument.Parse(row.Changes!).RootElement.GetProperty(property);

    /// <summary>A property before and after, as text.</summary>
    public static (string Before, string After) BeforeAndAfter(this AuditEvent row, string property) =>
        (row.Change(property).GetProperty("before").ToString(), row.Change(property).GetProperty("after").ToString());
}
