using System.Net;
using SafetyCenter.Core.Findings;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>
/// Carl is an admin of Globex and knows every id of Acme. On pages of Acme he is nobody, and on his own pages an id of
/// Acme names nothing.
/// </summary>
public sealed class TenancyTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    [Fact]
    public async Task Ids_of_another_organization_are_not_found_by_any_page_or_action()
    {
        var acme = await stage.CreateOrganizationAsync("Acme T");
        var globex = await stage.CreateOrganizationAsync("Globex T");
        await stage.SetContactsAsync(acme, "security@acme-t.example");
        var app = await stage.AuthorizeAppAsync(acme, "dashboards_write");
        var invite = await stage.InviteAsync(acme, "gus@acme-t.example");
        await stage.IssueApiKeyAsync(acme, "spare");
        var contact = Assert.Single(await stage.RowsAsync<global::SafetyCenter.Core.Organizations.SecurityContact>(
            all => all.Where(row => row.OrganizationId == acme.Id)));
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));

        using var carl = await stage.SignedInAsync(globex.Admin);
        string[] pages =
        [
            "safety-center", "safety-center/overview", "safety-center/alerts", "safety-center/configuration",
            "safety-center/access-sharing", "safety-center/users", "organization-settings/api-keys",
            $"organization-settings/users/{acme.Admin.Id}",
        ];
        foreach (var page in pages)
        {
            using var foreign = await carl.GetAsync($"/o/{acme.Slug}/{page}");
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }

        var own = await carl.PageAsync(globex.SafetyCenter("configuration"));
        var token = own.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        string[] actions =
        [
            $"safety-center/access-sharing?handler=Disable&app={app}",
            $"safety-center/access-sharing?handler=Revoke&keys={acme.ApiKey.Id}",
            $"safety-center/users?handler=Resend&invite={invite}",
            $"safety-center/users?handler=Delete&invite={invite}",
            $"safety-center/users?handler=Demote&user={acme.Admin.Id}",
            $"safety-center/configuration?handler=Test&contact={contact.Id}",
            $"organization-settings/api-keys?handler=Revoke&key={acme.ApiKey.Id}",
            $"organization-settings/users/{acme.Admin.Id}",
            $"safety-center/alerts/{acme.ApiKey.Id}?handler=Revoke",
            $"safety-center/alerts/{acme.ApiKey.Id}?handler=Acknowledge",
            "safety-center/alerts/not-an-id?handler=Revoke",
        ];
        foreach (var action in actions)
        {
            using var answer = await carl.PostAsync(
                $"/o/{globex.Slug}/{action}",
                new FormUrlEncodedContent(
                [
                    KeyValuePair.Create("__RequestVerificationToken", token),
                    KeyValuePair.Create("keys", acme.ApiKey.Id.ToString()),
                ]));
            Assert.True(HttpStatusCode.NotFound == answer.StatusCode, $"{action} answered {(int)answer.StatusCode}");
        }

        Assert.Equal(2, (await stage.OpenAsync(acme, FindingRule.UnusedApiKey)).Count);
        Assert.Single(await stage.OpenAsync(acme, FindingRule.InactiveOAuthApp));
        Assert.Single(await stage.OpenAsync(acme, FindingRule.StaleInvite));
        foreach (var page in pages.Take(6))
        {
            var text = (await carl.PageAsync($"/o/{globex.Slug}/{page}")).DocumentElement.OuterHtml;
            Assert.DoesNotContain("acme-t", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(acme.ApiKey.Id.ToString(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_asks_the_database_as_often_for_many_rows_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Counted");
        string[] pages =
        [
            organization.SafetyCenter(), organization.SafetyCenter("alerts"), organization.SafetyCenter("configuration"),
            organization.SafetyCenter("access-sharing"), organization.SafetyCenter("users"),
            $"/o/{organization.Slug}/organization-settings/api-keys",
        ];
        for (var number = 0; number < 3; number++)
        {
            await AddRowsAsync($"few {number}");
        }

        await stage.ScanAfterAsync(TimeSpan.FromDays(61));
        var few = await CountAsync();
        for (var number = 0; number < 40; number++)
        {
            await AddRowsAsync($"many {number}");
        }

        await stage.ScanAfterAsync(TimeSpan.FromDays(61));
        var many = await CountAsync();
        Assert.Equal(few, many);
        Assert.All(many, page => Assert.InRange(page.Statements, 1, 6));

        async Task AddRowsAsync(string name)
        {
            await stage.IssueApiKeyAsync(organization, name);
            await stage.AuthorizeAppAsync(organization, "dashboards_write");
            await stage.InviteAsync(organization, $"{Guid.NewGuid():N}@counted.example");
        }

        async Task<List<(string Page, int Statements)>> CountAsync()
        {
            using var admin = await stage.SignedInAsync(organization.Admin);
            var counts = new List<(string, int)>();
            foreach (var page in pages)
            {
                await admin.PageAsync(page);
                using var statements = new Statements();
                using var request = new HttpRequestMessage(HttpMethod.Get, page);
                request.Headers.Add("traceparent", statements.TraceParent);
                using var answer = await admin.SendAsync(request);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                counts.Add((page, statements.Texts.Count));
            }

            return counts;
        }
    }
}
