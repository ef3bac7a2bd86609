using System.Net;
using System.Text;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>The page on which admins upload the reports of other scanners.</summary>
public sealed class ImportsTests(App app) : IClassFixture<App>
{
    private const string Token = "__RequestVerificationToken";

    private static string PageOf(TestOrganization organization) => organization.SafetyCenter("configuration/imports");

    [Fact]
    public async Task An_uploaded_report_is_taken_in_and_the_page_says_what_came_of_it()
    {
        var organization = await app.CreateOrganizationAsync("Uploads", adminName: "Ann Admin");
        using var admin = await app.SignedInAsync(organization.Admin);
        var file = Scanners.GitleaksReport(
            Scanners.Gitleaks(organization.ApiKey.Secret), Scanners.Gitleaks("REDACTED", match: "REDACTED"));
        using var done = await UploadAsync(
            admin, organization, file, ("repository", "https://github.com/acme/app"), ("isPublic", "true"));
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var told = (await admin.PageAsync(done.Headers.Location!.ToString())).QuerySelector("[role=status]")!.TextContent;
        Assert.StartsWith(
            "The gitleaks report has 2 findings. 1 is a key or token of this organization; 1 alert was raised. 1 is redacted",
            told.Trim(),
            StringComparison.Ordinal);
        var place = Assert.Single(await app.RowsAsync<Occurrence>(
            all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.Equal(".env, line 3 in https://github.com/acme/app", place.Place);
        Assert.True(place.IsPublic);
        var report = Assert.Single(await app.RowsAsync<LeakReport>(
            all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.Equal((LeakChannel.Import, "gitleaks report of Ann Admin"), (report.Channel, report.SourceName));
        await app.AssertKeepsNoSecretAsync();

        // Whoever of the organization sends it again.
        using var again = await UploadAsync(
            admin, organization, file, ("repository", "https://github.com/acme/app"), ("isPublic", "true"));
        var second = (await admin.PageAsync(again.Headers.Location!.ToString())).QuerySelector("[role=status]")!.TextContent;
        Assert.Contains("0 alerts were raised", second, StringComparison.Ordinal);
        Assert.Single(await app.RowsAsync<LeakReport>(all => all.Where(row => row.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Keys_of_another_organization_are_neither_matched_nor_told()
    {
        var organization = await app.CreateOrganizationAsync("Curious");
        var other = await app.CreateOrganizationAsync("Other");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var done = await UploadAsync(
            admin, organization, Scanners.GitleaksReport(Scanners.Gitleaks(other.ApiKey.Secret)));
        var told = (await admin.PageAsync(done.Headers.Location!.ToString())).QuerySelector("[role=status]")!.TextContent;
        Assert.Contains("None is a key or token of this organization", told, StringComparison.Ordinal);
        Assert.Empty(await app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == other.Id)));
        Assert.Equal(HttpStatusCode.NotFound, await admin.StatusOfAsync(PageOf(other)));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_refused_beside_the_form_and_what_was_typed_stays()
    {
        var organization = await app.CreateOrganizationAsync("Refused");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var wrong = await UploadAsync(
            admin, organization, "not a report", ("repository", "app <1>"), ("format", "sarif"), ("isPublic", "true"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        var page = await wrong.DocumentAsync();
        Assert.Contains("not well-formed", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("app <1>", page.QuerySelector("#repository")!.GetAttribute("value"));
        Assert.True(page.QuerySelector("option[value=sarif]")!.HasAttribute("selected"));
        Assert.True(page.QuerySelector("[name=isPublic]")!.HasAttribute("checked"));

        using var missing = await admin.PostFormAsync(PageOf(organization), "Import", ("repository", "x"));
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Contains(
            "Choose a report file",
            (await missing.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_of_another_site_is_refused()
    {
        var organization = await app.CreateOrganizationAsync("Forged");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var content = FileOf(Scanners.GitleaksReport(Scanners.Gitleaks(organization.ApiKey.Secret)));
        using var forged = await admin.PostAsync(PageOf(organization), content);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Empty(await app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task The_configuration_leads_to_all_that_is_set_up_for_leaks()
    {
        var organization = await app.CreateOrganizationAsync("Ways");
        using var admin = await app.SignedInAsync(organization.Admin);
        var configuration = organization.SafetyCenter("configuration");
        Assert.Equal(
            new[] { "reporters", "imports", "repositories", "rules", "leaks" }.Select(page => $"{configuration}/{page}"),
            (await admin.PageAsync(configuration)).QuerySelectorAll("[aria-labelledby=ways-title] a")
                .Select(link => link.GetAttribute("href")));
        Assert.Equal(
            "Configuration",
            (await admin.PageAsync(PageOf(organization))).QuerySelector("nav a[aria-current=page]")!.TextContent.Trim());
    }

    private static MultipartFormDataContent FileOf(string file)
    {
        var content = new MultipartFormDataContent();
        content.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(file)), "file", "report.json");
        return content;
    }

    private static async Task<HttpResponseMessage> UploadAsync(
        HttpClient admin, TestOrganization organization, string file, params (string Name, string Value)[] fields)
    {
        var form = (await admin.PageAsync(PageOf(organization))).QuerySelector("form[enctype='multipart/form-data']")!;
        using var content = FileOf(file);
        content.Add(new StringContent(form.QuerySelector($"input[name={Token}]")!.GetAttribute("value")!), Token);
        foreach (var (name, value) in fields)
        {
            content.Add(new StringContent(value), name);
        }

        return await admin.PostAsync(PageOf(organization), content);
    }
}
