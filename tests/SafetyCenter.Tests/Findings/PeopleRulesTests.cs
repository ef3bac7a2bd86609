using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Findings;

/// <summary>Stale invites, the number of admins, and who gets security emails.</summary>
public sealed class PeopleRulesTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    [Fact]
    public async Task An_invite_is_stale_from_the_instant_at_which_thirty_days_have_passed_and_stays_listed_when_expired()
    {
        var organization = await stage.CreateOrganizationAsync("Invites");
        var invite = await stage.InviteAsync(organization, "gus@invites.example");
        await stage.ScanAfterAsync(TimeSpan.FromDays(30) - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.StaleInvite));

        await stage.ScanAfterAsync(FindingsStage.Tick);
        Assert.Equal(invite.Value, Assert.Single(await stage.OpenAsync(organization, FindingRule.StaleInvite)).SubjectId);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var row = (await admin.PageAsync(organization.SafetyCenter("users"))).QuerySelector($"[data-subject='{invite}']");
        Assert.Contains("expired", row!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resending_clears_restarts_the_clock_and_writes_an_email_whose_link_is_the_only_one_that_works()
    {
        var organization = await stage.CreateOrganizationAsync("Resending");
        var invite = await stage.InviteAsync(organization, "hana@resending.example");
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        await stage.PressAsync(organization, "users", "Resend", $"[data-subject='{invite}']");
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.StaleInvite));
        var first = await LinkAsync();
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        Assert.Equal(2, Assert.Single(await stage.OpenAsync(organization, FindingRule.StaleInvite)).Generation);

        await stage.PressAsync(organization, "users", "Resend", $"[data-subject='{invite}']");
        var second = await LinkAsync();
        using var visitor = stage.NewClient();
        using var dead = await visitor.GetAsync(first);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, dead.StatusCode);
        using var accepted = await visitor.PostFormAsync(second, "Accept", ("name", "Hana"), ("password", People.Password));
        Assert.Equal(System.Net.HttpStatusCode.Redirect, accepted.StatusCode);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.StaleInvite));
        using var again = await visitor.GetAsync(second);
        Assert.Equal(System.Net.HttpStatusCode.Gone, again.StatusCode);

        async Task<string> LinkAsync()
        {
            var sent = (await stage.EmailsAsync(EmailKind.Invitation))
                .Where(email => email.Recipient == "hana@resending.example").ToList();
            var letters = (await stage.WaitForLettersAsync(1)).Where(letter => letter.To == "hana@resending.example").ToList();
            if (letters.Count < sent.Count)
            {
                await stage.RunAsync<Web.Jobs.SendLetters>();
                await Eventually.IsTrueAsync(
                    async () => (await stage.WaitForLettersAsync(1))
                        .Count(letter => letter.To == "hana@resending.example") == sent.Count,
                    "the invitation is in the folder");
                letters = [.. (await stage.WaitForLettersAsync(1)).Where(letter => letter.To == "hana@resending.example")];
            }

            var text = letters[^1].Text;
            var start = text.IndexOf("/invitations/", StringComparison.Ordinal);
            return text[start..].Split('\n', '\r')[0].Trim();
        }
    }

    [Fact]
    public async Task Deleting_an_invite_clears_it_and_disables_the_pending_user()
    {
        var organization = await stage.CreateOrganizationAsync("Deleting");
        var invite = await stage.InviteAsync(organization, "ivo@deleting.example");
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        await stage.PressAsync(organization, "users", "Delete", $"[data-subject='{invite}']");
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.StaleInvite));
        var user = Assert.Single(await stage.RowsAsync<User>(all => all.Where(user => user.Email == "ivo@deleting.example")));
        Assert.Equal(UserStatus.Disabled, user.Status);
    }

    [Fact]
    public async Task Ten_percent_of_admins_are_not_too_many_and_more_are()
    {
        var organization = await stage.CreateOrganizationAsync("Percent");
        for (var number = 1; number <= 9; number++)
        {
            await stage.AddPersonAsync(organization, $"person{number}@percent.example");
        }

        // Neither pending nor disabled people nor service accounts are users here.
        await stage.InviteAsync(organization, "pending@percent.example");
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.TooManyAdmins));
        Assert.Single(await stage.OpenAsync(organization, FindingRule.OnlyOneAdmin));

        var second = await stage.AddPersonAsync(organization, "second@percent.example", role: Role.AdminName);
        var finding = Assert.Single(await stage.OpenAsync(organization, FindingRule.TooManyAdmins));
        Assert.Equal((2, 11, 10), (finding.Measured, finding.OutOf, finding.Threshold));
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.OnlyOneAdmin));

        await stage.SqlAsync($"UPDATE users SET is_service_account = true WHERE id = {second.Id.Value}");
        await stage.ScanAfterAsync(TimeSpan.Zero);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.TooManyAdmins));
    }

    [Fact]
    public async Task Taking_the_admin_role_away_from_the_tab_clears_and_the_last_admin_stays()
    {
        var organization = await stage.CreateOrganizationAsync("Demoting");
        var dora = await stage.AddPersonAsync(organization, "dora@demoting.example", "Dora", Role.AdminName);
        Assert.Equal(2, Assert.Single(await stage.OpenAsync(organization, FindingRule.TooManyAdmins)).Measured);
        await stage.PressAsync(organization, "users", "Remove admin role", $"[data-user='{dora.Id}']");
        Assert.Single(await stage.OpenAsync(organization, FindingRule.OnlyOneAdmin));

        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.SafetyCenter("users"));
        Assert.DoesNotContain(page.QuerySelectorAll("button"), button => button.TextContent == "Remove admin role");

        var edit = $"/o/{organization.Slug}/organization-settings/users/{organization.Admin.Id}";
        var form = await admin.PageAsync(edit);
        var standard = form.QuerySelectorAll("label").Single(
            label => label.TextContent.Contains(Role.StandardName, StringComparison.Ordinal)).QuerySelector("input")!;
        using var refused = await admin.PostFormAsync(edit, "Save", ("roles", standard.GetAttribute("value")!));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        var shown = await refused.DocumentAsync();
        Assert.Contains("last admin", shown.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_admins_who_demote_each_other_at_once_leave_one()
    {
        var organization = await stage.CreateOrganizationAsync("Duel");
        var other = await stage.AddPersonAsync(organization, "other@duel.example", role: Role.AdminName);
        using var first = await stage.SignedInAsync(organization.Admin);
        using var second = await stage.SignedInAsync(other);

        // Both have the page before either presses the button.
        var demoteOther = await DemotionAsync(first, other);
        var demoteFirst = await DemotionAsync(second, organization.Admin);
        var answers = await Task.WhenAll(demoteOther(), demoteFirst());
        Assert.Single(answers, answer => answer.StatusCode == System.Net.HttpStatusCode.Redirect);
        Assert.Equal(1, await stage.InScopeAsync(db => db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Admins().CountAsync(user => user.OrganizationId == organization.Id)));
        Array.ForEach(answers, answer => answer.Dispose());

        async Task<Func<Task<HttpResponseMessage>>> DemotionAsync(HttpClient admin, Person whom)
        {
            var page = await admin.PageAsync(organization.SafetyCenter("users"));
            var form = (AngleSharp.Html.Dom.IHtmlFormElement)page.QuerySelector($"[data-user='{whom.Id}'] form")!;
            var token = (AngleSharp.Html.Dom.IHtmlInputElement)form.QuerySelector("input[type=hidden]")!;
            return () => admin.PostAsync(
                form.GetAttribute("action"),
                new FormUrlEncodedContent([KeyValuePair.Create(token.Name!, token.Value)]));
        }
    }

    [Fact]
    public async Task Contacts_are_due_until_one_is_set_and_again_after_six_calendar_months()
    {
        // 31 August and six months is the last day of February.
        var organization = await stage.CreateOrganizationAsync("Calendar");
        Assert.Single(await stage.OpenAsync(organization, FindingRule.ContactsDue));
        var start = new DateTimeOffset(stage.Now.Year, 8, 31, 9, 0, 0, TimeSpan.Zero);
        start = start < stage.Now ? start.AddYears(1) : start;
        stage.Time.Jump(start - stage.Now);
        await stage.SetContactsAsync(organization, "security@calendar.example");
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.ContactsDue));

        var due = start.AddMonths(6);
        Assert.Equal((2, true), (due.Month, due.Day is 28 or 29));
        await stage.ScanAfterAsync(due - FindingsStage.Tick - stage.Now);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.ContactsDue));
        await stage.ScanAfterAsync(FindingsStage.Tick);
        Assert.Equal(due, Assert.Single(await stage.OpenAsync(organization, FindingRule.ContactsDue)).Since);

        await stage.RunAsync<Web.Jobs.RemindContacts>();
        await stage.RunAsync<Web.Jobs.RemindContacts>();
        var reminder = Assert.Single(
            await stage.EmailsAsync(EmailKind.ContactsDue), email => email.OrganizationId == organization.Id);
        Assert.Equal("security@calendar.example", reminder.Recipient);

        var page = await stage.PressAsync(organization, "configuration", "Still right", "form");
        Assert.Contains("Confirmed by", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.ContactsDue));
        var row = Assert.Single(await stage.RowsAsync<Organization>(
            all => all.Where(candidate => candidate.Id == organization.Id)));
        Assert.Equal(
            (organization.Admin.Id, stage.Now), (row.ContactsConfirmedBy!.Value, row.ContactsConfirmedAt!.Value));
    }

    [Fact]
    public async Task Other_thresholds_tell_first_and_then_list()
    {
        var organization = await stage.CreateOrganizationAsync("Thresholds");
        await stage.ScanAfterAsync(TimeSpan.FromDays(10));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter("configuration");
        using var preview = await admin.PostFormAsync(
            here, "Preview", ("Typed.UnusedApiKeyDays", "7"), ("Typed.AdminPercent", "100"));
        var shown = await preview.DocumentAsync();
        Assert.Equal("1", shown.QuerySelector("[data-preview=unused-api-key]")!.GetAttribute("data-count"));
        Assert.Equal("0", shown.QuerySelector("[data-preview=too-many-admins]")!.GetAttribute("data-count"));
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));

        using var saved = await admin.PostFormAsync(
            here, "Save thresholds", ("Typed.UnusedApiKeyDays", "7"), ("Typed.AdminPercent", "100"));
        Assert.Equal(System.Net.HttpStatusCode.Redirect, saved.StatusCode);
        Assert.Equal(7, Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey)).Threshold);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.TooManyAdmins));

        using var bad = await admin.PostFormAsync(here, "Save thresholds", ("Typed.UnusedApiKeyDays", "0"));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, bad.StatusCode);
    }
}
