namespace SafetyCenter.Core.Organizations;

/// <summary>
/// What an organization allows and demands; Datadog's API calls them org configs. The defaults are Datadog's, as far as it
/// has them.
/// </summary>
public sealed class Policies
{
    /// <summary>How many entries a list may have.</summary>
    public const int EntriesMax = 500;

    private static readonly TimeSpan ShortInvites = TimeSpan.FromDays(2);
    private static readonly TimeSpan LongInvites = TimeSpan.FromDays(30);

    /// <summary>Whether only admins may invite (<c>admin_only_invites</c>).</summary>
    public bool AdminOnlyInvites { get; set; }

    /// <summary>Whether the links of invites work for 30 days instead of 2 (<c>30d_invite_expiration</c>).</summary>
    public bool HasLongInvites { get; set; }

    /// <summary>Whether custom roles can be made through the API (<c>custom_roles</c>).</summary>
    public bool AllowsCustomRoles { get; set; } = true;

    /// <summary>Whether everybody must sign in with a second factor or a passkey (our addition).</summary>
    public bool RequiresSecondFactor { get; set; }

    /// <summary>The client ids of OAuth apps that nobody may authorize (<c>oauth_client_disallow_list</c>).</summary>
    public string[] DisallowedOAuthClients { get; private set; } = [];

    /// <summary>Whether an admin must approve an OAuth app before anybody lets it in (our addition).</summary>
    public bool RequiresAppApproval { get; set; }

    /// <summary>The domains that emails may be sent to (<c>domain_allowlist</c>).</summary>
    public string[] AllowedDomains { get; private set; } = [];

    /// <summary>Whether <see cref="AllowedDomains"/> is in force (<c>enable_domain_allowlist</c>).</summary>
    public bool EnforcesAllowedDomains { get; set; }

    /// <summary>The time zone of monitors (<c>monitor_timezone</c>), an IANA name.</summary>
    public string MonitorTimezone { get; private set; } = "UTC";

    /// <summary>How long the link of an invite works.</summary>
    public TimeSpan InviteLifetime => HasLongInvites ? LongInvites : ShortInvites;

    /// <summary>Sets <see cref="DisallowedOAuthClients"/>.</summary>
    /// <exception cref="RefusedException">An entry is blank or too long, or there are too many.</exception>
    public void DisallowOAuthClients(IReadOnlyCollection<string> clientIds) =>
        DisallowedOAuthClients = Entries(clientIds, "Client id");

    /// <summary>Sets <see cref="AllowedDomains"/>.</summary>
    /// <exception cref="RefusedException">An entry is no domain, or there are too many.</exception>
    public void AllowDomains(IReadOnlyCollection<string> domains) => AllowedDomains =
    [
        .. Entries(domains, "Domain").Select(domain => Text.Domain(domain.TrimStart('@'))
            ?? throw RefusedException.Invalid($"“{domain}” is not a domain.", "value"))
            .Distinct(),
    ];

    /// <summary>Sets <see cref="MonitorTimezone"/>.</summary>
    /// <exception cref="RefusedException">There is no such time zone.</exception>
    public void SetMonitorTimezone(string name) => MonitorTimezone = TimeZoneInfo.TryFindSystemTimeZoneById(name, out _)
        ? name
        : throw RefusedException.Invalid($"There is no time zone “{(name.Length > 60 ? name[..60] + "…" : name)}”.", "value");

    private static string[] Entries(IReadOnlyCollection<string> entries, string what) => entries.Count <= EntriesMax
        ? [.. entries.Select(entry => Text.Name(entry, what, field: "value")).Distinct()]
        : throw RefusedException.Invalid($"At most {EntriesMax} entries.", "value");
}
