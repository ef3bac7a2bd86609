using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Commands;

/// <summary>Shows how many keys an organization may have, and raises or lowers that when numbers are given.</summary>
public sealed class LimitsCommand : Command
{
    private readonly string _slug;
    private readonly int? _apiKeys;
    private readonly int? _applicationKeysPerUser;

    private LimitsCommand(string slug, int? apiKeys, int? applicationKeysPerUser) =>
        (_slug, _apiKeys, _applicationKeysPerUser) = (slug, apiKeys, applicationKeysPerUser);

    /// <summary>Takes its options from the command line.</summary>
    /// <exception cref="UsageException">The organization is not named, or a limit is no number that can be one.</exception>
    public static LimitsCommand Read(IConfiguration configuration) =>
        configuration["organization"] is { Length: > 0 } slug
            ? new LimitsCommand(slug, Limit(configuration, "api-keys"), Limit(configuration, "application-keys-per-user"))
            : throw new UsageException(
                "Usage: limits --organization SLUG [--api-keys NUMBER] [--application-keys-per-user NUMBER]");

    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().IsOperator();
        var db = scope.ServiceProvider.GetRequiredService<SafetyCenterDb>();
        var found = await db.Organizations.AsNoTracking()
            .Where(organization => organization.Slug == _slug)
            .Select(organization => new { organization.Id })
            .SingleOrDefaultAsync();
        if (found is null)
        {
            await Console.Error.WriteLineAsync(
                $"There is no organization “{_slug}”. Its name in addresses is meant: what follows /o/.");
            return 1;
        }

        var limits = await db.LockedAsync(
            found.Id,
            organization =>
            {
                organization.SetLimits(_apiKeys, _applicationKeysPerUser);
                return Task.FromResult(new
                {
                    Organization = organization.Slug,
                    ApiKeys = organization.ApiKeyLimit,
                    ApplicationKeysPerUser = organization.ApplicationKeyLimit,
                });
            },
            CancellationToken.None);
        Console.WriteLine(JsonSerializer.Serialize(limits, Json));
        return 0;
    }

    private static int? Limit(IConfiguration configuration, string option)
    {
        if (configuration[option] is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit is >= 1 and <= Organization.LimitMax
                ? limit
                : throw new UsageException($"--{option} must be a whole number between 1 and {Organization.LimitMax}.");
    }
}
