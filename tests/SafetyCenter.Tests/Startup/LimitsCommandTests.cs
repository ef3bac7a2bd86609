using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Startup;

/// <summary>The operator founds an organization and raises its limits, and the trail says so.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LimitsCommandTests(KeptFolder folder, TestPostgres postgres) : IClassFixture<KeptFolder>
{
    private const string Keys = "/api/v2/api_keys";

    [Fact]
    public async Task Raising_the_limit_lets_the_next_key_in_and_every_step_of_the_operator_is_told()
    {
        await using var app = await App.StartAsync(postgres);
        var founded = Founded.From(await RunAsync(
            app.ConnectionString, "bootstrap", "--organization", "Raised", "--admin-email", "ann@raised.example"));
        var organization = new TestOrganization(
            new Id<Organization>(Guid.Parse(founded.Id)), "Raised", founded.Slug, null!, null!, null!);
        await app.IssueManyAsync(organization, 49);
        var admin = ApiCaller.With(app, founded.ApiKey, founded.ApplicationKey);
        var refused = (await admin.PostAsync(Keys, "api_keys", new { name = "one more" })).Must(HttpStatusCode.BadRequest);
        Assert.Contains("limit", refused.Errors[0], StringComparison.Ordinal);

        AssertLimits(50, 1000, await LimitsAsync());
        AssertLimits(51, 1000, await LimitsAsync("--api-keys", "51"));
        AssertLimits(51, 1000, await LimitsAsync("--api-keys", "51"));
        AssertLimits(51, 7, await LimitsAsync("--application-keys-per-user", "7"));
        (await admin.PostAsync(Keys, "api_keys", new { name = "one more" })).Must(HttpStatusCode.Created);
        Assert.Equal(
            51,
            (await admin.GetAsync(Keys)).Must(HttpStatusCode.OK).Json
                .GetProperty("meta").GetProperty("max_allowed").GetInt32());

        var told = await app.RowsAsync<AuditEvent>(all => all
            .Where(row => row.Actor == AuditActor.Operator).OrderBy(row => row.At).ThenBy(row => row.AssetType));
        Assert.Equal(
            [
                "created organization", "created user", "created api_key", "created application_key",
                "limits_changed organization", "limits_changed organization",
            ],
            told.Select(row => $"{row.Name} {row.AssetType}"));
        Assert.All(told, row => Assert.Equal(("The operator", "NONE", null), (row.ActorName, row.Method, row.Address)));
        Assert.Equal("""{"api_key_limit": {"after": 51, "before": 50}}""", told[4].Changes);

        Task<Outcome> LimitsAsync(params string[] options) =>
            RunAsync(app.ConnectionString, ["limits", "--organization", founded.Slug, .. options]);
    }

    [Theory]
    [InlineData("Usage: limits --organization SLUG")]
    [InlineData("--api-keys must be a whole number between 1 and 1000000", "--organization", "acme", "--api-keys", "0")]
    [InlineData("--api-keys must be a whole number", "--organization", "acme", "--api-keys", "many")]
    [InlineData("--application-keys-per-user must be", "--organization", "acme", "--application-keys-per-user", "1000001")]
    public async Task Limits_that_cannot_be_are_refused_before_anything_is_started(string sentence, params string[] options)
    {
        (await InProcessProgram.RunAsync(folder.Path, ["limits", .. options])).IsRefusal(sentence);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_organization_that_is_not_there_is_told_in_a_sentence()
    {
        var refused = await RunAsync(await postgres.NewDatabaseAsync(), "limits", "--organization", "nobody");
        refused.IsRefusal("There is no organization “nobody”.");
    }

    private static void AssertLimits(int apiKeys, int applicationKeysPerUser, Outcome outcome)
    {
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        using var document = JsonDocument.Parse(outcome.Output);
        Assert.Equal(
            $$"""{"organization":"raised","api_keys":{{apiKeys}},"application_keys_per_user":{{applicationKeysPerUser}}}""",
            JsonSerializer.Serialize(document.RootElement));
    }

    private Task<Outcome> RunAsync(string connectionString, params string[] command) => InProcessProgram.RunAsync(
        folder.Path, command, ("ConnectionStrings:SafetyCenter", connectionString));
}
