using System.Globalization;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Commands;

/// <summary>Shows how many keys an organization may have, and raises or lowers that when numbers are given.</summary>
public sealed class LimitsCommand : OrganizationCommand
{
    private const string Usage =
        "limits --organization SLUG [--api-keys NUMBER] [--application-keys-per-user NUMBER]";

    private readonly int? _apiKeys;
    private readonly int? _applicationKeysPerUser;

    private LimitsCommand(string slug, int? apiKeys, int? applicationKeysPerUser)
        : base(slug) => (_apiKeys, _applicationKeysPerUser) = (apiKeys, applicationKeysPerUser);

    /// <summary>Takes its options from the command line.</summary>
    /// <exception cref="UsageException">The organization is not named, or a limit is no number that can be one.</exception>
    public static LimitsCommand Read(IConfiguration configuration) => new(
        SlugIn(configuration, Usage),
        Limit(configuration, "api-keys"),
        Limit(configuration, "application-keys-per-user"));

    /// <inheritdoc />
    protected override object Act(Organization organization, DateTimeOffset now)
    {
        organization.SetLimits(_apiKeys, _applicationKeysPerUser);
        return new
        {
            Organization = organization.Slug,
            ApiKeys = organization.ApiKeyLimit,
            ApplicationKeysPerUser = organization.ApplicationKeyLimit,
        };
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
