using System.Net;
using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>The page on which admins make and revoke the reporters of their organization.</summary>
public sealed class ReportersTests(App app) : IClassFixture<App>
{
    private static string PageOf(TestOrganization organization) => organization.SafetyCenter("configuration/reporters");

    [Fact]
    public async Task A_token_is_shown_once_works_and_is_kept_as_a_hash()
    {
        var organization = await app.CreateOrganizationAsync("Once");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var made = await admin.PostFormAsync(PageOf(organization), "Create reporter", ("name", "  build  "));
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.True(made.Headers.CacheControl!.NoStore);
        var page = await made.DocumentAsync();
        var token = page.QuerySelector("[data-secret]")!.TextContent.Trim();
        app.Plant(token);
        Assert.Matches("^screp_[0-9A-Za-z]{40}$", token);
        var lines = page.QuerySelectorAll("section.border-success pre").Select(line => line.TextContent).ToList();
        Assert.Contains($"SAFETYCENTER_TOKEN={token}", lines);
        Assert.Contains(lines, line => line.Contains(
            "curl -H \"Authorization: Bearer $SAFETYCENTER_TOKEN\"", StringComparison.Ordinal)
            && line.Contains("http://localhost:5080/api/v2/safety_center/leak_reports/imports", StringComparison.Ordinal));

        var row = Assert.Single(await ReportersAsync(organization));
        Assert.Equal(("build", ReporterProof.Token, token[^4..]), (row.Name, row.Proof, row.Last4));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(token)), row.Hash);
        Assert.Null(row.SealedToken);
        Assert.Equal(organization.Admin.Id, row.CreatedBy);
        (await new Scanner(app, organization, row.Id, token).ImportAsync("[]")).Must(HttpStatusCode.Accepted);

        var list = await admin.PageAsync(PageOf(organization));
        Assert.DoesNotContain(token, list.DocumentElement.OuterHtml, StringComparison.Ordinal);
        var shown = list.QuerySelector($"[data-reporter='{row.Id}']")!.TextContent;
        Assert.All(
            ["build", token[^4..], "Sends its token", "Works"],
            text => Assert.Contains(text, shown, StringComparison.Ordinal));
        var told = Assert.Single(await AuditAsync(organization));
        Assert.Equal((AuditAction.Created, organization.Admin.Id), (told.Action, told.ActorId));
        await app.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task The_token_of_one_that_signs_is_kept_encrypted_and_its_lines_name_its_id()
    {
        var organization = await app.CreateOrganizationAsync("Signs");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var made = await admin.PostFormAsync(
            PageOf(organization), "Create reporter", ("name", "signer"), ("proof", "Signature"));
        var page = await made.DocumentAsync();
        app.Plant(page.QuerySelector("[data-secret]")!.TextContent.Trim());
        var row = Assert.Single(await ReportersAsync(organization));
        Assert.Equal(ReporterProof.Signature, row.Proof);
        Assert.NotNull(row.SealedToken);
        var fresh = page.QuerySelector("section.border-success")!.TextContent;
        Assert.Contains($"X-Reporter-Id: {row.Id}", fresh, StringComparison.Ordinal);
        Assert.DoesNotContain("Bearer", fresh, StringComparison.Ordinal);
        await app.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task What_was_typed_stays_after_a_refusal()
    {
        var organization = await app.CreateOrganizationAsync("Typed");
        using var admin = await app.SignedInAsync(organization.Admin);
        var name = new string('x', 256);
        using var refused = await admin.PostFormAsync(
            PageOf(organization), "Create reporter", ("name", name), ("proof", "Signature"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = await refused.DocumentAsync();
        Assert.Contains("255", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(name, page.QuerySelector("#name")!.GetAttribute("value"));
        Assert.True(page.QuerySelector("[value=Signature]")!.HasAttribute("checked"));
        using var odd = await admin.PostFormAsync(PageOf(organization), "Create reporter", ("name", "a"), ("proof", "9"));
        Assert.Equal(HttpStatusCode.BadRequest, odd.StatusCode);
        Assert.Empty(await ReportersAsync(organization));
    }

    [Fact]
    public async Task A_revoked_reporter_is_refused_from_then_on()
    {
        var scanner = await app.NewScannerAsync("Revoked");
        var organization = scanner.Organization;
        using var admin = await app.SignedInAsync(organization.Admin);
        using var done = await admin.PostFormAsync(PageOf(organization), "Revoke");
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        (await scanner.ImportAsync("[]")).Must(HttpStatusCode.Unauthorized);
        var page = await admin.PageAsync(PageOf(organization));
        Assert.Contains("“ci” is revoked", page.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Revoked", page.QuerySelector("[data-reporter]")!.TextContent, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("[data-reporter] button"));
        Assert.Equal(organization.Admin.Id, Assert.Single(await ReportersAsync(organization)).RevokedBy);
        Assert.Contains(await AuditAsync(organization), told => told.Action == AuditAction.Deleted);
    }

    [Fact]
    public async Task Another_organizations_reporter_is_not_there_and_only_admins_come_in()
    {
        var scanner = await app.NewScannerAsync("Theirs");
        var own = await app.NewScannerAsync("Own");
        using var admin = await app.SignedInAsync(own.Organization.Admin);
        var page = await admin.PageAsync(PageOf(own.Organization));
        Assert.Null(page.QuerySelector($"[data-reporter='{scanner.Id}']"));
        var form = page.QuerySelector("[data-reporter] form")!;
        using var content = new FormUrlEncodedContent(
            form.QuerySelectorAll("input").Select(input => KeyValuePair.Create(
                input.GetAttribute("name")!, input.GetAttribute("value")!)));
        using var foreign = await admin.PostAsync(
            form.GetAttribute("action")!.Replace($"{own.Id}", $"{scanner.Id}", StringComparison.Ordinal), content);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Null(Assert.Single(await ReportersAsync(scanner.Organization)).RevokedAt);
        Assert.Equal(HttpStatusCode.NotFound, await admin.StatusOfAsync(PageOf(scanner.Organization)));

        var bob = await app.AddPersonAsync(own.Organization, "bob@own.example");
        using var standard = await app.SignedInAsync(bob);
        Assert.Equal(HttpStatusCode.Forbidden, await standard.StatusOfAsync(PageOf(own.Organization)));
        Assert.Equal(
            HttpStatusCode.Forbidden, await standard.StatusOfAsync(own.Organization.SafetyCenter("configuration/imports")));
    }

    [Fact]
    public async Task Fifty_work_at_a_time_and_a_longer_list_goes_on_for_the_same_price()
    {
        var organization = await app.CreateOrganizationAsync("Fifty");
        using var admin = await app.SignedInAsync(organization.Admin);
        for (var number = 0; number < 3; number++)
        {
            await app.AddScannerAsync(organization, $"few {number}");
        }

        var few = await CountAsync(admin, organization);
        for (var number = 0; number < LeakReporter.ActiveMax - 3; number++)
        {
            await app.AddScannerAsync(organization, $"many {number}");
        }

        using var refused = await admin.PostFormAsync(PageOf(organization), "Create reporter", ("name", "one more"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(
            "at most 50", (await refused.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        var gone = await app.AddScannerAsync(organization, "gone");
        await app.RevokeAsync(gone);
        Assert.Equal(few, await CountAsync(admin, organization));
        Assert.InRange(few, 1, 6);

        var first = await admin.PageAsync(PageOf(organization));
        Assert.Equal(50, first.QuerySelectorAll("[data-reporter]").Length);
        var older = first.QuerySelectorAll("a").Single(link => link.TextContent == "Older ones").GetAttribute("href")!;
        var second = await admin.PageAsync(older);
        Assert.Contains("few 0", Assert.Single(second.QuerySelectorAll("[data-reporter]")).TextContent, StringComparison.Ordinal);
    }

    private static async Task<int> CountAsync(HttpClient admin, TestOrganization organization)
    {
        await admin.PageAsync(PageOf(organization));
        using var statements = new Statements();
        using var request = new HttpRequestMessage(HttpMethod.Get, PageOf(organization));
        request.Headers.Add("traceparent", statements.TraceParent);
        using var answer = await admin.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return statements.Texts.Count;
    }

    private Task<List<LeakReporter>> ReportersAsync(TestOrganization organization) =>
        app.RowsAsync<LeakReporter>(all => all.Where(reporter => reporter.OrganizationId == organization.Id));

    private Task<List<AuditEvent>> AuditAsync(TestOrganization organization) =>
        app.RowsAsync<AuditEvent>(all => all.Where(
            told => told.OrganizationId == organization.Id && told.AssetType == "leak_reporter" && told.ActorId != null));
}
