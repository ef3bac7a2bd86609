using System.Net;
using AngleSharp.Html.Dom;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The page where admins take the rule files away.</summary>
public sealed class RulesPageTests(App app) : IClassFixture<App>
{
    private const string Page = "configuration/rules";

    [Fact]
    public async Task An_admin_finds_the_page_from_Configuration_and_takes_each_file_away()
    {
        var organization = await app.CreateOrganizationAsync("Taker");
        using var admin = await app.SignedInAsync(organization.Admin);
        var configuration = await admin.PageAsync(organization.SafetyCenter("configuration"));
        var link = (IHtmlAnchorElement)configuration.QuerySelector($"a[href$='{Page}']")!;
        var page = await admin.PageAsync(link.PathName);
        var files = ScannerRules.Of(new SecretFormat(), new Uri("http://localhost:5080")).ToDictionary(file => file.Name);
        var names = new List<string>();
        foreach (var row in page.QuerySelectorAll("a[download]").OfType<IHtmlAnchorElement>())
        {
            using var file = await admin.GetAsync(row.PathName);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.Equal("text/plain", file.Content.Headers.ContentType!.MediaType);
            Assert.Equal("attachment", file.Content.Headers.ContentDisposition!.DispositionType);
            var name = file.Content.Headers.ContentDisposition.FileName!.Trim('"');
            var text = await file.Content.ReadAsStringAsync();
            Assert.Equal(files[name].Text, text);
            Assert.DoesNotContain(app.IssuedSecrets, secret => text.Contains(secret, StringComparison.Ordinal));
            names.Add(name);
        }

        Assert.Equal(ScannerRules.Tools.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task A_file_that_is_none_of_these_is_not_found()
    {
        var organization = await app.CreateOrganizationAsync("Seeker");
        using var admin = await app.SignedInAsync(organization.Admin);
        foreach (var name in new[] { "x", "Safetycenter.gitleaks.toml", "..%2F..%2Fappsettings.json" })
        {
            using var answer = await admin.GetAsync(organization.SafetyCenter($"{Page}/{name}"));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Bob_may_not_and_to_Carl_there_is_no_such_page()
    {
        var cast = await app.CastAsync();
        using var bob = await app.SignedInAsync(cast.Bob);
        using var carl = await app.SignedInAsync(cast.Carl);
        foreach (var path in new[] { Page, $"{Page}/safetycenter.gitleaks.toml" })
        {
            using var refused = await bob.GetAsync(cast.Acme.SafetyCenter(path));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            using var foreign = await carl.GetAsync(cast.Acme.SafetyCenter(path));
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }
    }
}
