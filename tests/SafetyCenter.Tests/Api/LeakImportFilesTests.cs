using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks.Imports;

namespace SafetyCenter.Tests.Api;

/// <summary>Report files of other scanners: what is no such file, comes again, or is long.</summary>
public sealed class LeakImportFilesTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task The_mark_of_UTF_8_is_passed_over_and_UTF_16_is_refused()
    {
        var scanner = await app.NewScannerAsync("Marks");
        var file = Scanners.GitleaksReport(Scanners.Gitleaks(scanner.Organization.ApiKey.Secret));
        foreach (var wide in new[]
        {
            Encoding.Unicode.GetBytes(file), Encoding.BigEndianUnicode.GetBytes(file),
            [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(file)],
        })
        {
            var refused = (await scanner.ImportBytesAsync(wide)).Must(HttpStatusCode.BadRequest);
            Assert.Contains("UTF-16", Assert.Single(refused.Errors), StringComparison.Ordinal);
        }

        (await scanner.ImportBytesAsync(Scanners.WithMark(file))).MustBe(findings: 1, matched: 1, raised: 1);
    }

    [Theory]
    [InlineData("", "", "empty")]
    [InlineData(" \n ", "", "empty")]
    [InlineData("RuleID,Commit,File\nx,y,z\n", "", "no report that can be read here")]
    [InlineData("""{"auditReportVersion":2,"vulnerabilities":{}}""", "", "no report that can be read here")]
    [InlineData("""[{"filePath":"a.js","messages":[],"errorCount":0}]""", "", "no report that can be read here")]
    [InlineData("42", "", "no report that can be read here")]
    [InlineData("REPORT", "?format=sarif", "a report of gitleaks, not of SARIF")]
    [InlineData("REPORT", "?format=csv", "format must be one of")]
    [InlineData("REPORT", "?public=maybe", "public must be")]
    [InlineData("BROKEN", "", "breaks off")]
    [InlineData("plain text", "?format=gitleaks", "not well-formed")]
    public async Task What_is_no_such_report_is_refused_with_a_sentence_and_nothing_is_done(
        string file, string query, string reason)
    {
        var scanner = await app.NewScannerAsync($"Refused {Guid.NewGuid():N}");
        var report = Scanners.GitleaksReport(Scanners.Gitleaks(scanner.Organization.ApiKey.Secret));
        var answer = await scanner.ImportAsync(
            file.Replace("REPORT", report, StringComparison.Ordinal).Replace("BROKEN", report[..^1], StringComparison.Ordinal),
            query);
        Assert.Contains(reason, Assert.Single(answer.Must(HttpStatusCode.BadRequest).Errors), StringComparison.Ordinal);
        Assert.Empty(await scanner.DeliveriesAsync());
        Assert.Empty(await scanner.PlacesAsync());
    }

    [Fact]
    public async Task A_file_that_is_said_to_be_too_long_is_refused_before_it_comes()
    {
        var scanner = await app.NewScannerAsync("Too long");
        var answer = await scanner.ImportBytesAsync("[]"u8.ToArray(), request =>
        {
            request.Headers.ExpectContinue = true;
            request.Content!.Headers.ContentLength = ReportImport.LengthMax + 1L;
        });
        Assert.Contains(
            "100 MB", Assert.Single(answer.Must(HttpStatusCode.RequestEntityTooLarge).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_comes_again_changes_nothing_however_it_is_written_down()
    {
        var scanner = await app.NewScannerAsync("Again");
        var file = Scanners.GitleaksReport(Scanners.Gitleaks(scanner.Organization.ApiKey.Secret));
        (await scanner.ImportAsync(file)).MustBe(findings: 1, matched: 1, raised: 1);
        (await scanner.ImportAsync(file)).MustBe(findings: 1, matched: 1, raised: 0);
        (await scanner.ImportAsync(file.Replace(",", ",\n ", StringComparison.Ordinal)))
            .MustBe(findings: 1, matched: 1, raised: 0);
        Assert.Single(await scanner.DeliveriesAsync());
        (await scanner.ImportAsync(file, "?public=true")).Must(HttpStatusCode.Accepted);
        Assert.Equal(2, (await scanner.DeliveriesAsync()).Count);
    }

    [Fact]
    public async Task Keys_of_another_organization_are_neither_matched_nor_told()
    {
        var scanner = await app.NewScannerAsync("Curious");
        var other = await app.CreateOrganizationAsync("Other");
        var file = Scanners.GitleaksReport(Scanners.Gitleaks(other.ApiKey.Secret));
        (await scanner.ImportAsync(file)).MustBe(findings: 1, matched: 0, raised: 0);
        Assert.Empty(await app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == other.Id)));
    }

    [Fact]
    public async Task More_than_ten_thousand_findings_go_in_parts_and_what_came_before_a_fault_stays()
    {
        var scanner = await app.NewScannerAsync("Parts");
        var format = app.Services.GetRequiredService<SecretFormat>();
        var findings = Enumerable.Range(0, ReportFile.BatchSize)
            .Select(_ => Scanners.Gitleaks(format.Mint(SecretKind.ApiKey).Reveal(), match: ""))
            .Append(Scanners.Gitleaks(scanner.Organization.ApiKey.Secret))
            .ToArray();
        var file = Scanners.GitleaksReport(findings);
        var broken = (await scanner.ImportAsync(file[..^1])).Must(HttpStatusCode.BadRequest);
        Assert.Contains("taken in: 10000 findings", Assert.Single(broken.Errors), StringComparison.Ordinal);
        Assert.Single(await scanner.DeliveriesAsync());
        (await scanner.ImportAsync(file)).MustBe(findings: 10_001, matched: 1, raised: 1);
        Assert.Equal(2, (await scanner.DeliveriesAsync()).Count);
    }
}
