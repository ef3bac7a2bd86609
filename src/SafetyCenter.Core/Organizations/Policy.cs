namespace SafetyCenter.Core.Organizations;

/// <summary>
/// One of an organization's <see cref="Policies"/>, by the name that Datadog's API has for it; there it is an org config.
/// </summary>
public abstract class Policy
{
    /// <summary>Only admins may invite.</summary>
    public static readonly Policy<bool> AdminOnlyInvites = new(
        "admin_only_invites",
        "Only admins may invite people.",
        "bool",
        policies => policies.AdminOnlyInvites,
        (policies, value) => policies.AdminOnlyInvites = value);

    /// <summary>Links of invites work for 30 days.</summary>
    public static readonly Policy<bool> LongInvites = new(
        "30d_invite_expiration",
        "The links of invites work for 30 days instead of 2.",
        "bool",
        policies => policies.HasLongInvites,
        (policies, value) => policies.HasLongInvites = value);

    /// <summary>Custom roles can be made through the API.</summary>
    public static readonly Policy<bool> CustomRoles = new(
        "custom_roles",
        "Custom roles can be made through the API.",
        "bool",
        policies => policies.AllowsCustomRoles,
        (policies, value) => policies.AllowsCustomRoles = value);

    /// <summary>Nobody gets in without a second factor.</summary>
    public static readonly Policy<bool> RequireSecondFactor = new(
        "require_second_factor",
        "Everybody must sign in with a second factor or a passkey.",
        "bool",
        policies => policies.RequiresSecondFactor,
        (policies, value) => policies.RequiresSecondFactor = value);

    /// <summary>OAuth apps that nobody may authorize.</summary>
    public static readonly Policy<IReadOnlyCollection<string>> DisallowedOAuthClients = new(
        "oauth_client_disallow_list",
        "The client ids of OAuth apps that nobody may authorize.",
        "list",
        policies => policies.DisallowedOAuthClients,
        (policies, value) => policies.DisallowOAuthClients(value));

    /// <summary>An admin approves an OAuth app before its first use.</summary>
    public static readonly Policy<bool> AppApproval = new(
        "oauth_app_approval",
        "An admin must approve an OAuth app before anybody can let it in.",
        "bool",
        policies => policies.RequiresAppApproval,
        (policies, value) => policies.RequiresAppApproval = value);

    /// <summary>Domains that people may be invited at.</summary>
    public static readonly Policy<IReadOnlyCollection<string>> AllowedDomains = new(
        "domain_allowlist",
        "The domains that emails may be sent to, once enable_domain_allowlist is true.",
        "email_domain_list",
        policies => policies.AllowedDomains,
        (policies, value) => policies.AllowDomains(value));

    /// <summary><see cref="AllowedDomains"/> is in force.</summary>
    public static readonly Policy<bool> EnforceAllowedDomains = new(
        "enable_domain_allowlist",
        "Emails are sent to no other domains than those of domain_allowlist.",
        "bool",
        policies => policies.EnforcesAllowedDomains,
        (policies, value) => policies.EnforcesAllowedDomains = value);

    /// <summary>The time zone of monitors.</summary>
    public static readonly Policy<string> MonitorTimezone = new(
        "monitor_timezone",
        "The time zone of monitors, as an IANA name.",
        "enum",
        policies => policies.MonitorTimezone,
        (policies, value) => policies.SetMonitorTimezone(value));

    private protected Policy(string name, string description, string valueType) =>
        (Name, Description, ValueType) = (name, description, valueType);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it does, in a sentence.</summary>
    public string Description { get; }

    /// <summary>What its value is, in the words of Datadog's API.</summary>
    public string ValueType { get; }

    /// <summary>When it was last set in an organization; null when it never was.</summary>
    public DateTimeOffset? SetAt(Organization organization) =>
        organization.PoliciesSetAt.TryGetValue(Name, out var at) ? at : null;
}

/// <summary>A policy with values of a type.</summary>
/// <typeparam name="T">The type.</typeparam>
public sealed class Policy<T> : Policy
{
    private readonly Func<Policies, T> _get;
    private readonly Action<Policies, T> _set;

    internal Policy(string name, string description, string valueType, Func<Policies, T> get, Action<Policies, T> set)
        : base(name, description, valueType) => (_get, _set) = (get, set);

    /// <summary>Its value in an organization.</summary>
    public T In(Organization organization) => _get(organization.Policies);

    /// <summary>Sets it.</summary>
    /// <exception cref="RefusedException">The value cannot be.</exception>
    public void Set(Organization organization, T value, DateTimeOffset now) =>
        organization.SetPolicy(Name, policies => _set(policies, value), now);
}
