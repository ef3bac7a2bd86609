using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.People;

namespace SafetyCenter.Tests.Api;

/// <summary>Invites by Datadog's v2 API.</summary>
public sealed class UserInvitationsApiTests(App app) : IClassFixture<App>
{
    private const string Invitations = UserCalls.Invitations;

    [Fact]
    public async Task Pending_users_are_written_to_and_again_when_asked_again()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (eve, mia) = ($"eve@{organization.Slug}.example", $"mia@{organization.Slug}.example");
        var (eveId, miaId) = (await admin.AddPendingAsync(eve), await admin.AddPendingAsync(mia));
        var sent = (await admin.InviteAsync(eveId, miaId)).Must(HttpStatusCode.Created);
        Assert.Equal(2, sent.Data.GetArrayLength());
        var first = sent.Data[0];
        Assert.Equal("user_invitations", first.GetProperty("type").GetString());
        Assert.Equal(eveId, first.RelatedId("user"));
        var attributes = first.GetProperty("attributes");
        var id = first.GetProperty("id").GetString();
        Assert.Equal(id, attributes.GetProperty("uuid").GetString());
        Assert.Equal("basic_invite", attributes.GetProperty("invite_type").GetString());
        Assert.Equal(JsonValueKind.Null, attributes.GetProperty("login_method").ValueKind);
        Assert.Equal("queued", attributes.GetProperty("status").GetString());
        Assert.Equal(
            TimeSpan.FromDays(2),
            attributes.GetProperty("expires_at").GetDateTimeOffset() - attributes.GetProperty("created_at").GetDateTimeOffset());
        Assert.Single(await LettersToAsync(eve));
        Assert.Single(await LettersToAsync(mia));

        var again = (await admin.InviteAsync(eveId)).Must(HttpStatusCode.Created).Data[0];
        Assert.Equal(id, again.GetProperty("id").GetString());
        Assert.Equal("basic_reminder", again.GetProperty("attributes").GetProperty("invite_type").GetString());
        Assert.Equal(2, (await LettersToAsync(eve)).Count);
        Assert.Single(await LettersToAsync(mia));
    }

    [Fact]
    public async Task An_invitation_tells_how_far_it_has_come()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var failed = await InviteAsync(email => email.Failed("Nobody of that name.", isTransient: false, app.Now));
        Assert.Equal("failed", await StatusAsync(failed));
        var sent = await InviteAsync(email => email.Sent(app.Now));
        Assert.Equal("sent", await StatusAsync(sent));
        await SetAsync($"UPDATE invites SET opened_at = now() WHERE id = {sent.Value}");
        Assert.Equal("opened", await StatusAsync(sent));
        await SetAsync($"UPDATE invites SET expires_at = now() - interval '1 second' WHERE id = {sent.Value}");
        Assert.Equal("expired", await StatusAsync(sent));
        await SetAsync($"UPDATE invites SET accepted_at = now() WHERE id = {sent.Value}");
        Assert.Equal("accepted", await StatusAsync(sent));

        async Task<string> StatusAsync(Id<Invite> id) =>
            (await admin.GetAsync($"{Invitations}/{id}")).Must(HttpStatusCode.OK).Attribute("status").GetString()!;

        // A letter that is done with is left alone by the sender.
        Task<Id<Invite>> InviteAsync(Action<Email> done) => app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var user = new User(organization.Id, $"{Guid.NewGuid():N}@acme.example", null, [], app.Now);
            var invite = new Invite(user, organization.Admin.Id, TimeSpan.FromDays(2), app.Now);
            var email = new Email(
                organization.Id, EmailKind.Invitation, invite.Id.Value, user.Email, Inviting.EventKeyOf(invite.Stamp), app.Now);
            done(email);
            db.AddRange(user, invite, email);
            await db.SaveChangesAsync();
            return invite.Id;
        });

        Task SetAsync(FormattableString sql) => app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(sql));
    }

    [Fact]
    public async Task Nobody_is_written_to_when_one_cannot_be()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var eve = await admin.AddPendingAsync($"eve@{organization.Slug}.example");
        var gone = await admin.AddPendingAsync($"gone@{organization.Slug}.example");
        (await admin.DeleteAsync($"{UserCalls.Users}/{gone}")).Must(HttpStatusCode.NoContent);
        var robot = await admin.AddRobotAsync();
        foreach (var id in new[] { $"{organization.Admin.Id}", $"{other.Admin.Id}", gone, robot, $"{Guid.NewGuid()}", "x" })
        {
            var refused = (await admin.InviteAsync(eve, id)).Must(HttpStatusCode.BadRequest);
            Assert.DoesNotContain(other.Admin.Email, refused.Text, StringComparison.Ordinal);
        }

        Assert.Contains(
            "here already", (await admin.InviteAsync($"{organization.Admin.Id}")).Errors[0], StringComparison.Ordinal);
        (await admin.InviteAsync()).Must(HttpStatusCode.BadRequest);
        Assert.Empty(await app.RowsAsync<Invite>(invites => invites.Where(invite => invite.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Five_hundred_are_written_to_at_once_in_batches_and_not_one_more()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var ids = await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var users = Enumerable.Range(0, 501).Select(number =>
                new User(organization.Id, $"p{number}@{organization.Slug}.example", null, [], app.Now)).ToList();
            db.AddRange(users);
            await db.SaveChangesAsync();
            return users.Select(user => $"{user.Id}").ToArray();
        });
        var refused = (await admin.InviteAsync(ids)).Must(HttpStatusCode.BadRequest).Errors[0];
        Assert.Contains("500", refused, StringComparison.Ordinal);
        using var ofOne = new Statements();
        (await admin.InviteAsync([ids[0]], ofOne.TraceParent)).Must(HttpStatusCode.Created);
        using var ofMany = new Statements();
        var sent = (await admin.InviteAsync(ids[1..], ofMany.TraceParent)).Must(HttpStatusCode.Created);
        // Rows are written a thousand at a time: invites, emails and audit events fill two batches.
        Assert.Equal(ofOne.Texts.Count + 1, ofMany.Texts.Count);
        Assert.Equal(
            ids[1..],
            sent.Data.EnumerateArray().Select(item => item.RelatedId("user")));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":[1]}""")]
    [InlineData("""{"data":[{"type":"users"}]}""")]
    [InlineData("""{"data":[{"type":"user_invitations"}]}""")]
    [InlineData("""{"data":[{"type":"user_invitations","relationships":{"user":{"data":{"type":"roles","id":"x"}}}}]}""")]
    [InlineData("""{"data":[{"type":"user_invitations","relationships":{"user":{"data":[]}}}]}""")]
    public async Task A_body_that_is_no_list_of_invitations_is_refused(string body)
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var answer = await admin.SendTextAsync(HttpMethod.Post, Invitations, body);
        Assert.NotEmpty(answer.Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Fact]
    public async Task Pending_invitations_are_taken_back()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var eve = await admin.AddPendingAsync($"eve@{organization.Slug}.example");
        var path = $"{UserCalls.Users}/{eve}/invitations";
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NotFound);
        var id = (await admin.InviteAsync(eve)).Must(HttpStatusCode.Created).Data[0].GetProperty("id").GetString()!;
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NoContent);
        Assert.Equal([$"{id} not found"], (await admin.GetAsync($"{Invitations}/{id}")).Must(HttpStatusCode.NotFound).Errors);
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NotFound);
        var invites = await app.RowsAsync<Invite>(rows => rows.Where(row => row.OrganizationId == organization.Id));
        Assert.NotNull(Assert.Single(invites).WithdrawnAt);
    }

    [Fact]
    public async Task Invitations_of_others_and_without_the_permission_are_closed()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (stranger, _) = await app.NewOrganizationAsync();
        var eve = await admin.AddPendingAsync($"eve@{organization.Slug}.example");
        var id = (await admin.InviteAsync(eve)).Must(HttpStatusCode.Created).Data[0].GetProperty("id").GetString()!;
        (await stranger.GetAsync($"{Invitations}/{id}")).Must(HttpStatusCode.NotFound);
        (await stranger.DeleteAsync($"{UserCalls.Users}/{eve}/invitations")).Must(HttpStatusCode.NotFound);
        (await admin.GetAsync($"{Invitations}/x")).Must(HttpStatusCode.NotFound);
        var limited = await app.CallerAsync(organization, organization.Admin, "user_access_read");
        foreach (var answer in new[]
        {
            await limited.GetAsync($"{Invitations}/{id}"),
            await limited.InviteAsync(eve),
            await limited.DeleteAsync($"{UserCalls.Users}/{eve}/invitations"),
        })
        {
            Assert.Contains("user_access_invite", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }
    }

    private async Task<List<Email>> LettersToAsync(string address) =>
        [.. (await app.EmailsAsync(EmailKind.Invitation)).Where(email => email.Recipient == address)];
}
