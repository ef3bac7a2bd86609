using System.Net;
using AngleSharp.Html.Dom;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.People;

namespace SafetyCenter.Tests.Pages;

/// <summary>Inviting one person or a pasted list: who may, as what, and what becomes of each line.</summary>
public sealed class InvitePageTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task Each_line_of_a_pasted_list_says_what_became_of_it_and_what_was_refused_stays_in_the_field()
    {
        var acme = await app.CreateOrganizationAsync("Pasted");
        await app.AddPersonAsync(acme, "bob@pasted.example");
        using var ann = await app.SignedInAsync(acme.Admin);
        await ann.InviteAsync(acme, "before@pasted.example");
        var tooLong = $"{new string('a', 64)}@{new string('b', 63)}.{new string('c', 63)}.{new string('d', 62)}";
        Assert.Equal(255, tooLong.Length);
        string[] refused = ["nobody", tooLong, "\"g h\"@pasted.example", "gus@pasted.example.", "gus\u2028@pasted.example"];
        var page = await ann.InviteAsync(acme, $"""
            gus+news@Pasted.Example
            Hana Hill <hana@pasted.example>, "Ito, Ivo" <ivo@pasted.example>; BOB@pasted.example
            before@pasted.example
            hana@pasted.example
            {string.Join("\r\n", refused)}
            """);
        Assert.Equal(
            [
                "Invited", "Invited", "Invited", "AlreadyHere", "AlreadyInvited", "Repeated",
                "Refused", "Refused", "Refused", "Refused", "Refused",
            ],
            page.Outcomes());
        Assert.Contains("Invited 3 of 11", page.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(string.Join('\n', refused), TextOf(page));
        Assert.Contains("at most 254", page.Body!.TextContent, StringComparison.Ordinal);

        var users = await app.RowsAsync<User>(all => all.Where(user => user.OrganizationId == acme.Id && user.LoginId == null));
        Assert.Equal(
            [
                ("before@pasted.example", null), ("gus+news@pasted.example", null), ("hana@pasted.example", "Hana Hill"),
                ("ivo@pasted.example", "Ito, Ivo"),
            ],
            users.Select(user => (user.Email, user.Name)).Order());
        Assert.Equal(
            users.Select(user => user.Email).Order(),
            (await app.EmailsAsync(EmailKind.Invitation)).Where(email => email.OrganizationId == acme.Id)
                .Select(email => email.Recipient).Order());
        Assert.Equal(
            Role.StandardName, Assert.Single((await app.UserAsync(acme, "hana@pasted.example")).Roles).Name);
    }

    [Fact]
    public async Task Five_hundred_are_invited_in_hardly_more_round_trips_than_one()
    {
        var acme = await app.CreateOrganizationAsync("Many");
        using var ann = await app.SignedInAsync(acme.Admin);
        await CountAsync(1, "warm");
        var one = await CountAsync(1, "one");
        var many = await CountAsync(Inviting.AtOnceMax, "many");

        // The database takes a thousand rows at once; five hundred people with their roles, emails and audit events are more.
        Assert.InRange(many, one, one + 3);
        Assert.Equal(502, (await app.RowsAsync<Invite>(all => all.Where(invite => invite.OrganizationId == acme.Id))).Count);

        async Task<int> CountAsync(int people, string name)
        {
            var page = await ann.PageAsync(acme.InvitePage());
            using var request = new HttpRequestMessage(HttpMethod.Post, acme.InvitePage())
            {
                Content = FormOf(page, ListOf(people, name), Role.StandardName),
            };
            return await ann.StatementsAsync(request);
        }
    }

    [Theory]
    [InlineData(501, 12)]
    [InlineData(10_000, 12)]
    [InlineData(10_000, 430)]
    public async Task More_than_five_hundred_are_refused_whole_in_words_and_stay_in_the_field(int people, int length)
    {
        var acme = await app.CreateOrganizationAsync($"Too many {people} {length}");
        using var ann = await app.SignedInAsync(acme.Admin);
        var list = ListOf(people, new string('x', length));
        var page = await ann.InviteAsync(acme, list, status: 400);
        Assert.Contains(
            $"At most 500 people can be invited at once; these are {people}", page.Refusal(), StringComparison.Ordinal);
        Assert.Equal(list, TextOf(page));
        Assert.Empty(await app.RowsAsync<Invite>(all => all.Where(invite => invite.OrganizationId == acme.Id)));
    }

    [Fact]
    public async Task Nobody_grants_a_role_above_their_own()
    {
        var acme = await app.CreateOrganizationAsync("Granting");
        var bob = await app.AddPersonAsync(acme, "bob@granting.example");
        using var client = await app.SignedInAsync(bob);
        var page = await client.PageAsync(acme.InvitePage());
        Assert.Equal([Role.ReadOnlyName, Role.StandardName], Offered(page, isDisabled: false));
        Assert.Equal([Role.AdminName], Offered(page, isDisabled: true));
        Assert.Contains("You cannot give this role", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["Invited"], (await client.InviteAsync(acme, "gus@granting.example")).Outcomes());

        using var content = FormOf(page, "hana@granting.example", Role.AdminName);
        using var refused = await client.PostAsync(acme.InvitePage(), content);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var shown = await refused.DocumentAsync();
        Assert.Contains("you can give only roles whose permissions you hold", shown.Refusal(), StringComparison.Ordinal);
        Assert.Equal("hana@granting.example", TextOf(shown));
        Assert.Empty(await app.InvitesOfAsync("hana@granting.example"));

        // Another organization's role is none.
        var other = await app.CreateOrganizationAsync("Granting other");
        using var carl = await app.SignedInAsync(other.Admin);
        using var foreign = FormOf(page, "hana@granting.example", Role.StandardName, await carl.PageAsync(other.InvitePage()));
        using var unknown = await carl.PostAsync(other.InvitePage(), foreign);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Empty(await app.InvitesOfAsync("hana@granting.example"));

        static string[] Offered(IHtmlDocument page, bool isDisabled) =>
        [
            .. page.QuerySelectorAll("input[name=ticked]").OfType<IHtmlInputElement>()
                .Where(box => box.IsDisabled == isDisabled)
                .Select(box => box.ParentElement!.QuerySelector(".form-check-label")!.TextContent),
        ];
    }

    [Fact]
    public async Task Where_only_admins_invite_others_are_told_who_they_are()
    {
        var acme = await app.CreateOrganizationAsync("Admins only");
        var bob = await app.AddPersonAsync(acme, "bob@admins.example");
        using var client = await app.SignedInAsync(bob);
        var open = await client.PageAsync(acme.InvitePage());
        await app.SetPolicyAsync(acme, policies => policies.AdminOnlyInvites = true);
        foreach (var page in new[] { acme.InvitePage(), acme.InvitesPage() })
        {
            using var refused = await client.GetAsync(page);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains(acme.Admin.Email, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var content = FormOf(open, "gus@admins.example", Role.StandardName);
        using var posted = await client.PostAsync(acme.InvitePage(), content);
        Assert.Equal(HttpStatusCode.Forbidden, posted.StatusCode);
        Assert.Empty(await app.InvitesOfAsync("gus@admins.example"));
        using var ann = await app.SignedInAsync(acme.Admin);
        Assert.Equal(["Invited"], (await ann.InviteAsync(acme, "gus@admins.example")).Outcomes());
    }

    [Fact]
    public async Task Who_may_not_invite_is_refused_and_a_stranger_finds_nothing()
    {
        var acme = await app.CreateOrganizationAsync("Closed");
        var other = await app.CreateOrganizationAsync("Closed other");
        var reader = await app.AddPersonAsync(acme, "reader@closed.example", role: Role.ReadOnlyName);
        foreach (var (person, status) in new[] { (reader, HttpStatusCode.Forbidden), (other.Admin, HttpStatusCode.NotFound) })
        {
            using var client = await app.SignedInAsync(person);
            foreach (var page in new[] { acme.InvitePage(), acme.InvitesPage() })
            {
                using var answer = await client.GetAsync(page);
                Assert.Equal(status, answer.StatusCode);
            }
        }
    }

    [Fact]
    public async Task Only_allowed_domains_are_written_to_in_whatever_form_they_are_typed()
    {
        var acme = await app.CreateOrganizationAsync("Domains");
        using var ann = await app.SignedInAsync(acme.Admin);
        await app.SetPolicyAsync(acme, policies => policies.AllowDomains(["bücher.example"]));
        await app.SetPolicyAsync(acme, policies => policies.EnforcesAllowedDomains = true);
        var page = await ann.InviteAsync(acme, "gus@xn--bcher-kva.example, gus@BÜCHER.example, gus@sub.bücher.example");
        Assert.Equal(["Invited", "Repeated", "Refused"], page.Outcomes());
        Assert.Contains("may not be sent to this domain", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal("gus@xn--bcher-kva.example", (await app.UserAsync(acme, "gus@xn--bcher-kva.example")).Email);

        // What stands on the envelope is ASCII, whatever was typed.
        await Eventually.IsTrueAsync(
            async () => (await app.EmailsAsync(EmailKind.Invitation))
                .Any(email => email is { Recipient: "gus@xn--bcher-kva.example", SentAt: not null }),
            "the email is sent");
    }

    [Fact]
    public async Task Without_an_address_or_a_role_nobody_is_invited_and_what_was_typed_stays()
    {
        var acme = await app.CreateOrganizationAsync("Blank");
        using var ann = await app.SignedInAsync(acme.Admin);
        Assert.Contains(
            "at least one address", (await ann.InviteAsync(acme, " ,\n", status: 400)).Refusal(), StringComparison.Ordinal);
        var page = await ann.PageAsync(acme.InvitePage());
        using var content = FormOf(page, "gus@blank.example", role: null);
        using var answer = await ann.PostAsync(acme.InvitePage(), content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var shown = await answer.DocumentAsync();
        Assert.Contains("at least one role", shown.Refusal(), StringComparison.Ordinal);
        Assert.Equal("gus@blank.example", TextOf(shown));
    }

    [Fact]
    public async Task A_deleted_invite_does_not_block_a_new_one_and_who_was_disabled_is_enabled_by_hand()
    {
        var acme = await app.CreateOrganizationAsync("Again");
        var bob = await app.AddPersonAsync(acme, "bob@again.example");
        using var ann = await app.SignedInAsync(acme.Admin);
        await ann.InviteAsync(acme, "gus@again.example");
        using var deleted = await ann.PostFormAsync(acme.InvitesPage(), "Delete", within: "[data-invite]");
        Assert.Equal(UserStatus.Disabled, (await app.UserAsync(acme, "gus@again.example")).Status);
        Assert.Equal(["Invited"], (await ann.InviteAsync(acme, "gus@again.example")).Outcomes());
        Assert.Equal(UserStatus.Pending, (await app.UserAsync(acme, "gus@again.example")).Status);
        Assert.Equal(2, (await app.InvitesOfAsync("gus@again.example")).Count);

        using var disabled = await ann.PostFormAsync($"/o/{acme.Slug}/organization-settings/users/{bob.Id}", "Disable");
        var page = await ann.InviteAsync(acme, bob.Email);
        Assert.Equal(["AlreadyHere"], page.Outcomes());
        Assert.Contains("Enable them instead", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_works_for_two_days_or_thirty_where_the_organization_says_so()
    {
        var acme = await app.CreateOrganizationAsync("Lifetimes");
        using var ann = await app.SignedInAsync(acme.Admin);
        await ann.InviteAsync(acme, "short@lifetimes.example");
        await app.SetPolicyAsync(acme, policies => policies.HasLongInvites = true);
        await ann.InviteAsync(acme, "long@lifetimes.example");
        Assert.Equal([2, 30], await DaysAsync("short@lifetimes.example", "long@lifetimes.example"));

        async Task<List<int>> DaysAsync(params string[] emails)
        {
            var days = new List<int>();
            foreach (var email in emails)
            {
                var invite = Assert.Single(await app.InvitesOfAsync(email));
                days.Add((int)(invite.ExpiresAt - invite.SentAt).TotalDays);
            }

            return days;
        }
    }

    private static string ListOf(int people, string name) =>
        string.Join('\n', Enumerable.Range(1, people).Select(number => $"{name}{number}@list.example"));

    private static string TextOf(IHtmlDocument page) =>
        ((IHtmlTextAreaElement)page.QuerySelector("#emails")!).Value.Replace("\r\n", "\n");

    // The form with another role ticked than it offers.
    private static FormUrlEncodedContent FormOf(IHtmlDocument page, string emails, string? role, IHtmlDocument? tokenFrom = null)
    {
        var token = (tokenFrom ?? page).QuerySelector("#content input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        var ticked = page.QuerySelectorAll("input[name=ticked]")
            .Where(box => box.ParentElement!.QuerySelector(".form-check-label")!.TextContent == role)
            .Select(box => KeyValuePair.Create("ticked", box.GetAttribute("value")!));
        return new FormUrlEncodedContent(
        [
            KeyValuePair.Create("emails", emails), KeyValuePair.Create("__RequestVerificationToken", token), .. ticked,
        ]);
    }
}
