using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Admins;

/// <summary>Too many admins: what each of them did, whom to demote first, and how that is taken back.</summary>
public sealed class AdminReviewTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    [Fact]
    public async Task The_card_tells_what_each_admin_did_that_only_admins_may_and_proposes_who_needs_it_least()
    {
        var organization = await stage.CreateOrganizationAsync("Review", adminName: "Ann Admin");
        var dora = await stage.AddPersonAsync(organization, "dora@review.example", "Dora Director", Role.AdminName);
        var erik = await stage.AddPersonAsync(organization, "erik@review.example", "Erik Engineer", Role.AdminName);
        using (var busy = await stage.SignedInAsync(dora))
        {
            await CreateKeyAsync(busy, organization, "too long ago");
            stage.Time.Jump(DemotionAdvice.Span + FindingsStage.Tick);
        }

        using (var busy = await stage.SignedInAsync(dora))
        {
            await CreateKeyAsync(busy, organization, "one");
            await CreateKeyAsync(busy, organization, "two");
        }

        // What Standard may do, too, makes nobody an admin by need.
        using (var idle = await stage.SignedInAsync(erik))
        {
            using var own = await idle.PostFormAsync(
                $"/o/{organization.Slug}/organization-settings/application-keys", "Create application key", ("name", "mine"));
        }

        using var ann = await stage.SignedInAsync(organization.Admin);
        var page = await ann.PageAsync(organization.SafetyCenter("users"));
        Assert.Equal(
            [erik.Id, dora.Id, organization.Admin.Id],
            page.QuerySelectorAll("[data-user]").Select(row => Id(row.GetAttribute("data-user")!)));
        Assert.Equal("2", page.QuerySelector($"[data-user='{dora.Id}'] [data-count]")!.GetAttribute("data-count"));
        Assert.Contains("API key created 2×", Text(page.QuerySelector($"[data-user='{dora.Id}']")!), StringComparison.Ordinal);
        Assert.Equal("0", page.QuerySelector($"[data-user='{erik.Id}'] [data-count]")!.GetAttribute("data-count"));
        var proposal = page.QuerySelector("[data-rule=too-many-admins] [data-proposal]")!;
        Assert.Equal(erik.Id.ToString(), proposal.GetAttribute("data-proposal"));
        Assert.Contains(
            "Begin with Erik Engineer: nothing that needs an admin in 90 days; last signed in just now.",
            Text(proposal), StringComparison.Ordinal);
        Assert.Equal(2, page.QuerySelectorAll("[data-proposed]").Length);

        static global::SafetyCenter.Core.Id<User> Id(string text) => global::SafetyCenter.Core.Id<User>.Parse(text, null);
    }

    [Fact]
    public async Task A_demotion_from_the_card_can_be_undone_there_for_seven_days()
    {
        var organization = await stage.CreateOrganizationAsync("Undone");
        var dora = await stage.AddPersonAsync(organization, "dora@undone.example", "Dora Director", Role.AdminName);
        var page = await stage.PressAsync(organization, "users", "Remove admin role", $"[data-user='{dora.Id}']");
        Assert.Equal([Role.StandardName], await RolesOfAsync(dora));
        Assert.Single(page.QuerySelectorAll("[data-demotion]"));
        Assert.Single(await stage.OpenAsync(organization, FindingRule.OnlyOneAdmin));

        stage.Time.Jump(Demotion.UndoWindow - TimeSpan.FromMinutes(1));
        page = await stage.PressAsync(organization, "users", "Undo", "[data-demotion]");
        Assert.Contains("Dora Director is an admin again", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal([Role.AdminName], await RolesOfAsync(dora));
        Assert.Empty(page.QuerySelectorAll("[data-demotion]"));
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.OnlyOneAdmin));

        // Demoted again, and left so: after seven days the button is gone, and a kept form is refused.
        await stage.PressAsync(organization, "users", "Remove admin role", $"[data-user='{dora.Id}']");
        var demotion = Assert.Single(await stage.RowsAsync<Demotion>(
            all => all.Where(row => row.UserId == dora.Id && row.UndoneAt == null)));
        stage.Time.Jump(Demotion.UndoWindow);
        using var ann = await stage.SignedInAsync(organization.Admin);
        page = await ann.PageAsync(organization.SafetyCenter("users"));
        Assert.Empty(page.QuerySelectorAll("[data-demotion]"));
        using var late = await PostAsync(ann, organization, $"users?handler=UndoDemotion&demotion={demotion.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);
        Assert.Contains("could be undone until", (await late.DocumentAsync()).Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal([Role.StandardName], await RolesOfAsync(dora));
    }

    [Fact]
    public async Task A_demotion_of_another_organization_cannot_be_undone()
    {
        var acme = await stage.CreateOrganizationAsync("Acme D");
        var globex = await stage.CreateOrganizationAsync("Globex D");
        var dora = await stage.AddPersonAsync(acme, "dora@acme-d.example", role: Role.AdminName);
        await stage.PressAsync(acme, "users", "Remove admin role", $"[data-user='{dora.Id}']");
        var demotion = Assert.Single(await stage.RowsAsync<Demotion>(all => all.Where(row => row.UserId == dora.Id)));
        using var carl = await stage.SignedInAsync(globex.Admin);
        using var answer = await PostAsync(carl, globex, $"users?handler=UndoDemotion&demotion={demotion.Id}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal([Role.StandardName], await RolesOfAsync(dora));
    }

    private static string Text(AngleSharp.Dom.IElement element) =>
        string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static async Task CreateKeyAsync(HttpClient admin, TestOrganization organization, string name)
    {
        using var answer = await admin.PostFormAsync(
            $"/o/{organization.Slug}/organization-settings/api-keys", "Create API key", ("name", name));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient admin, TestOrganization organization, string action)
    {
        var page = await admin.PageAsync(organization.SafetyCenter("configuration"));
        var token = page.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return await admin.PostAsync(
            organization.SafetyCenter(action),
            new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", token)]));
    }

    private async Task<IEnumerable<string>> RolesOfAsync(Person person) =>
        (await stage.RowsAsync<User>(all => all.Include(user => user.Roles).Where(user => user.Id == person.Id)))
            .Single().Roles.Select(role => role.Name);
}
