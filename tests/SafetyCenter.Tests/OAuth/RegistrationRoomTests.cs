using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.OAuth;

namespace SafetyCenter.Tests.OAuth;

/// <summary>There is an end to how many programs are kept that registered themselves, and to how long.</summary>
public sealed class RegistrationRoomTests(OpenApp stage) : IClassFixture<OpenApp>
{
    [Fact]
    public async Task There_is_room_for_so_many_that_nobody_let_in_and_the_job_makes_room()
    {
        var organization = await stage.CreateOrganizationAsync($"Room {Guid.NewGuid():N}");
        var client = OAuthClient.RegisterItself("Let in", "x", null, [TestApps.Callback], ["dashboards_read"], stage.Now);
        await FillButOneAsync();
        await stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            // One that is let in, even if it was deleted there again, takes up no room and stays.
            var app = new OAuthApp(client, organization.Id, isApproved: true, organization.Admin.Id, stage.Now);
            app.Delete(stage.Now);
            db.Add(app);
            await db.SaveChangesAsync();
        });
        var own = await TestApps.AppAsync(stage, organization, "Own", "dashboards_read");
        stage.Time.Advance(RegistrationRate.Window);
        Assert.Equal(HttpStatusCode.Created, await stage.TryAsync(OpenApp.Minimal));
        using var full = await stage.SendAsync(OpenApp.Minimal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
        Assert.Equal(TimeSpan.FromHours(1), full.Headers.RetryAfter!.Delta);
        Assert.Contains(
            "forgotten after a day",
            (await full.JsonAsync()).GetProperty("error_description").GetString(),
            StringComparison.Ordinal);

        stage.Time.Advance(DynamicRegistration.Patience - RegistrationRate.Window);
        await stage.RunAsync<ForgetOAuthClients>();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await stage.TryAsync(OpenApp.Minimal));
        stage.Time.Advance(TimeSpan.FromMilliseconds(1));
        await stage.RunAsync<ForgetOAuthClients>();
        Assert.Equal(HttpStatusCode.Created, await stage.TryAsync(OpenApp.Minimal));
        var left = await stage.RowsAsync<OAuthClient>();
        Assert.Contains(left, row => row.Id == client.Id);
        Assert.Contains(left, row => row.Id == own.ClientId);

        // The one that was registered a minute later than the rest, and the one of just now.
        Assert.Equal(2, left.Count(row => row.IsDynamic && row.Id != client.Id));
        stage.Time.Advance(DynamicRegistration.Patience + TimeSpan.FromMinutes(1));
        var summary = await stage.RunAsync<ForgetOAuthClients>();
        Assert.Equal("{ Job = forget-oauth-clients, Forgotten = 2 }", summary.ToString());
    }

    [Fact]
    public async Task Two_that_find_room_for_one_at_the_same_time_do_not_both_take_it()
    {
        await FillButOneAsync();
        Task<HttpStatusCode>[] both = [];
        await stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync($"LOCK TABLE oauth_clients IN EXCLUSIVE MODE");
            both = [stage.TryAsync(OpenApp.Minimal), stage.TryAsync(OpenApp.Minimal)];
            await stage.SomebodyWaitsAsync(2);
            await transaction.CommitAsync();
        });
        var statuses = await Task.WhenAll(both);
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable], statuses.Order());
    }

    // All that were there are forgotten first.
    private async Task FillButOneAsync()
    {
        stage.Time.Jump(DynamicRegistration.Patience + TimeSpan.FromMinutes(1));
        await stage.RunAsync<ForgetOAuthClients>();
        await stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.AddRange(Enumerable.Range(1, DynamicRegistration.WaitingMax - 1).Select(number =>
                OAuthClient.RegisterItself($"{number}", "x", null, [TestApps.Callback], ["dashboards_read"], stage.Now)));
            await db.SaveChangesAsync();
        });
    }
}
