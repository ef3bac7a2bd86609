using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Commands;

/// <summary>What the operator does to one organization, under its lock, and what is so afterwards.</summary>
public abstract class OrganizationCommand(string slug) : Command
{
    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().IsOperator();
        var db = scope.ServiceProvider.GetRequiredService<SafetyCenterDb>();
        var now = scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow();
        var found = await db.Organizations.AsNoTracking()
            .Where(organization => organization.Slug == slug)
            .Select(organization => new { organization.Id })
            .SingleOrDefaultAsync();
        if (found is null)
        {
            await Console.Error.WriteLineAsync(
                $"There is no organization “{slug}”. Its name in addresses is meant: what follows /o/.");
            return 1;
        }

        var outcome = await db.LockedAsync(
            found.Id, organization => Task.FromResult(Act(organization, now)), CancellationToken.None);
        Console.WriteLine(JsonSerializer.Serialize(outcome, Json));
        return 0;
    }

    /// <summary>Does it.</summary>
    /// <returns>What is printed.</returns>
    protected abstract object Act(Organization organization, DateTimeOffset now);

    /// <summary>The organization that the command line names.</summary>
    /// <exception cref="UsageException">It names none.</exception>
    protected static string SlugIn(IConfiguration configuration, string usage) =>
        configuration["organization"] is { Length: > 0 } slug ? slug : throw new UsageException("Usage: " + usage);
}

/// <summary>Gives an organization another name; its place in addresses stays.</summary>
public sealed class RenameCommand : OrganizationCommand
{
    private const string Usage = "rename --organization SLUG --name NAME";

    private readonly string _name;

    private RenameCommand(string slug, string name)
        : base(slug) => _name = name;

    /// <summary>Takes its options from the command line.</summary>
    /// <exception cref="UsageException">The organization or its new name is missing.</exception>
    public static RenameCommand Read(IConfiguration configuration) =>
        configuration["name"] is { } name && !string.IsNullOrWhiteSpace(name)
            ? new RenameCommand(SlugIn(configuration, Usage), name)
            : throw new UsageException("Usage: " + Usage);

    /// <inheritdoc />
    protected override object Act(Organization organization, DateTimeOffset now)
    {
        organization.Rename(_name);
        return new { Organization = organization.Slug, organization.Name };
    }
}

/// <summary>Stops everybody and everything of an organization, or lets them in again.</summary>
public sealed class DisableCommand : OrganizationCommand
{
    private readonly bool _disable;

    private DisableCommand(string slug, bool disable)
        : base(slug) => _disable = disable;

    /// <summary>Takes its options from the command line.</summary>
    /// <param name="configuration">The command line.</param>
    /// <param name="disable">False to enable it.</param>
    /// <exception cref="UsageException">The organization is not named.</exception>
    public static DisableCommand Read(IConfiguration configuration, bool disable) =>
        new(SlugIn(configuration, $"{(disable ? "disable" : "enable")} --organization SLUG"), disable);

    /// <inheritdoc />
    protected override object Act(Organization organization, DateTimeOffset now)
    {
        if (_disable)
        {
            organization.Disable(now);
        }
        else
        {
            organization.Enable();
        }

        return new { Organization = organization.Slug, organization.DisabledAt };
    }
}
