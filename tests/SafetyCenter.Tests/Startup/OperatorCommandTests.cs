using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Commands;

namespace SafetyCenter.Tests.Startup;

/// <summary>What the operator does to organizations from the command line, beside a running instance.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OperatorCommandTests(KeptFolder folder, TestPostgres postgres) : IClassFixture<KeptFolder>
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Organizations_are_listed_renamed_disabled_and_enabled_while_the_product_runs_and_the_trail_says_so()
    {
        await using var app = await App.StartAsync(postgres);
        var calm = await app.CreateOrganizationAsync("Calm");
        var acme = await app.CreateOrganizationAsync("Acme", "planted.ann@acme.example", "Planted Ann");
        await app.IssueApiKeyAsync(acme, "planted-key");
        await app.ReportAsync(new Match(acme.ApiKey.Secret));
        using (var listed = Read(await RunAsync("organizations")))
        {
            Assert.Equal(
                ["acme 1 3 1 1 3", "calm 0 3 1 1 2"],
                listed.RootElement.EnumerateArray().Select(row => string.Join(
                    ' ',
                    new[] { "slug", "open_alerts", "open_findings", "admins", "people", "keys" }
                        .Select(member => row.GetProperty(member).ToString()))));
            var byRule = listed.RootElement[1].GetProperty("findings_by_rule");
            Assert.Equal(
                ["contacts-due 1", "only-one-admin 1", "too-many-admins 1"],
                byRule.EnumerateObject().Select(rule => $"{rule.Name} {rule.Value}").Order(StringComparer.Ordinal));
            Assert.DoesNotContain("planted", listed.RootElement.GetRawText(), StringComparison.OrdinalIgnoreCase);
        }

        using var renamed = Read(await RunAsync("rename", "--organization", "acme", "--name", "Acme & Söhne"));
        Assert.Equal("Acme & Söhne", renamed.RootElement.GetProperty("name").GetString());

        var caller = new ApiCaller(app, ("DD-API-KEY", acme.ApiKey.Secret));
        (await caller.GetAsync("/verify")).Must(HttpStatusCode.OK);
        using var disabled = Read(await RunAsync("disable", "--organization", "acme"));
        await BecomesAsync(caller, HttpStatusCode.Forbidden);
        Assert.NotEqual(default, disabled.RootElement.GetProperty("disabled_at").GetDateTimeOffset());
        (await new ApiCaller(app, ("DD-API-KEY", calm.ApiKey.Secret)).GetAsync("/verify")).Must(HttpStatusCode.OK);
        using var enabled = Read(await RunAsync("enable", "--organization", "acme"));
        await BecomesAsync(caller, HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, enabled.RootElement.GetProperty("disabled_at").ValueKind);

        var row = Assert.Single(await app.RowsAsync<Organization>(all => all.Where(row => row.Id == acme.Id)));
        Assert.Equal(("acme", "Acme & Söhne", null), (row.Slug, row.Name, row.DisabledAt));
        var told = await app.RowsAsync<AuditEvent>(events => events
            .Where(change => change.Actor == AuditActor.Operator).OrderBy(change => change.At));
        Assert.Equal(["renamed", "disabled", "enabled"], told.Select(change => change.Name));

        Task<Outcome> RunAsync(params string[] command) => this.RunAsync(app.ConnectionString, command);
    }

    [Fact]
    public async Task An_operator_is_made_and_unmade()
    {
        await using var app = await App.StartAsync(postgres);
        var organization = await app.CreateOrganizationAsync("Operated");
        using var person = await app.SignedInAsync(organization.Admin);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync());
        (await RunAsync(app.ConnectionString, "operator", "--email", "nobody@operated.example"))
            .IsRefusal("Nobody signs in as “nobody@operated.example”.");
        using var made = Read(await RunAsync(app.ConnectionString, "operator", "--email", organization.Admin.Email));
        Assert.True(made.RootElement.GetProperty("is_operator").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
        using var unmade = Read(
            await RunAsync(app.ConnectionString, "operator", "--email", organization.Admin.Email, "--revoke"));
        Assert.False(unmade.RootElement.GetProperty("is_operator").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync());

        async Task<HttpStatusCode> StatusAsync()
        {
            using var answer = await person.GetAsync("/operator");
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("Usage: rename --organization SLUG --name NAME", "rename", "--organization", "acme")]
    [InlineData("Usage: rename --organization SLUG --name NAME", "rename", "--name", "Acme")]
    [InlineData("Usage: rename --organization SLUG --name NAME", "rename", "--organization", "acme", "--name", " ")]
    [InlineData("Usage: disable --organization SLUG", "disable")]
    [InlineData("Usage: enable --organization SLUG", "enable")]
    [InlineData("Usage: operator --email ADDRESS [--revoke]", "operator", "--revoke")]
    public void A_command_that_lacks_something_says_what_it_should_be(string sentence, params string[] command)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine(command).Build();
        Assert.Equal(sentence, Assert.Throws<UsageException>(() => Command.Read(command, configuration)).Message);
    }

    private static JsonDocument Read(Outcome outcome)
    {
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        return JsonDocument.Parse(outcome.Output);
    }

    private static async Task BecomesAsync(ApiCaller caller, HttpStatusCode status)
    {
        var clock = Stopwatch.StartNew();
        while ((await caller.GetAsync("/verify")).Status != status)
        {
            Assert.True(clock.Elapsed < Promise, $"It is not {status} after {clock.Elapsed}.");
        }
    }

    private Task<Outcome> RunAsync(string connectionString, params string[] command) => InProcessProgram.RunAsync(
        folder.Path, command, ("ConnectionStrings:SafetyCenter", connectionString));
}
