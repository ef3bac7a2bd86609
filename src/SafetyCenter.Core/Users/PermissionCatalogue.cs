using System.Collections.Frozen;
using System.Text.Json;

namespace SafetyCenter.Core.Users;

/// <summary>
/// All permissions that exist; each is also a scope. The default catalogue is Datadog's; the operator may add own ones
/// (<see cref="OwnPermissions"/>) before anybody asks.
/// </summary>
public static class PermissionCatalogue
{
    // Above what it is used for: static fields are set in the order of the text.
    private static readonly JsonSerializerOptions SnakeCase =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // These three are absent from the list that Datadog publishes, but its managed roles hold them. They have no id.
    private static readonly Entry[] Unlisted =
    [
        new(Guid.Empty, "user_access_read", "User Access Read", "Access Management", "read", false, "Read Only"),
        new(Guid.Empty, "org_authorized_apps_read", "Org Authorized Apps Read", "Access Management", "read", false, "Standard"),
        new(Guid.Empty, "org_authorized_apps_write", "Org Authorized Apps Write", "Access Management", "write", false, "Admin"),
    ];

    // OAuth scopes of Datadog that are no permission of its list; old scoped keys may hold them.
    private static readonly string[] OAuthOnly =
    [
        "create_webhooks", "events_read", "hosts_read", "metrics_read", "security_monitoring_critical_assets_read",
        "security_monitoring_critical_assets_write", "teams_read", "timeseries_query", "user_self_profile_write",
    ];

    // Managed roles by what they may, least first, as the catalogue calls them.
    private static readonly string[] Ranks = ["Read Only", "Standard", "Admin"];

    private static Content _content = new(Load());

    /// <summary>One permission of the catalogue.</summary>
    /// <param name="Id">Its id, the same in every organization.</param>
    /// <param name="Name">Its name, which is also the name of the scope.</param>
    /// <param name="DisplayName">Its name for people.</param>
    /// <param name="GroupName">The product it belongs to.</param>
    /// <param name="DisplayType"><c>read</c>, <c>write</c> or <c>other</c>.</param>
    /// <param name="Restricted">Whether every new custom role gets it unless its maker says no.</param>
    /// <param name="DefaultRole">The lowest managed role that has it; null or <c>none</c> when none has.</param>
    public sealed record Entry(
        Guid Id,
        string Name,
        string DisplayName,
        string GroupName,
        string DisplayType,
        bool Restricted,
        string? DefaultRole)
    {
        private static readonly DateTimeOffset Uuid1Epoch = new(1582, 10, 15, 0, 0, 0, TimeSpan.Zero);

        /// <summary>When it came to be: Datadog's ids are UUIDs of version 1, which say so. Null for other ids.</summary>
        public DateTimeOffset? CreatedAt
        {
            get
            {
                var text = Id.ToString("N");
                return Id.Version == 1
                    ? Uuid1Epoch.AddTicks(Convert.ToInt64($"{text[13..16]}{text[8..12]}{text[..8]}", 16))
                    : null;
            }
        }
    }

    /// <summary>Every permission that is published, in the catalogue's order.</summary>
    public static IReadOnlyList<Entry> All => _content.All;

    /// <summary>Every permission that a role can grant: those that are published, and three more.</summary>
    public static IReadOnlyList<Entry> Grantable => _content.Grantable;

    /// <summary>The names of those that every new custom role gets unless its maker says no.</summary>
    public static IReadOnlyList<string> Restricted => _content.Restricted;

    /// <summary>The names of those that change something. A grant of one makes an app a writing app.</summary>
    public static FrozenSet<string> Writing => _content.Writing;

    /// <summary>Every name that can be a scope: all permissions, listed or not, and Datadog's further OAuth scopes.</summary>
    public static FrozenSet<string> Scopes => _content.Scopes;

    /// <summary>The published permission of an id; null when there is none.</summary>
    public static Entry? Find(Guid id) => _content.ById.GetValueOrDefault(id);

    /// <summary>Whether a role can grant a permission of that name.</summary>
    public static bool IsGrantable(string name) => _content.GrantableNames.Contains(name);

    /// <summary>
    /// Takes this for the catalogue from now on. Once, when the program starts: what has been derived from it stays.
    /// </summary>
    public static void Use(IReadOnlyList<Entry> all) => _content = new Content(all);

    /// <summary>What a managed role holds: its own permissions and those of every lower one.</summary>
    /// <param name="rank">0 Read Only, 1 Standard, 2 Admin.</param>
    /// <param name="all">The published permissions.</param>
    public static IReadOnlyList<string> OfManagedRole(int rank, IEnumerable<Entry> all)
    {
        var held = Ranks[..(rank + 1)];
        return [.. all.Concat(Unlisted).Where(entry => held.Contains(entry.DefaultRole)).Select(entry => entry.Name)];
    }

    private static List<Entry> Load()
    {
        using var stream = typeof(PermissionCatalogue).Assembly.GetManifestResourceStream("permissions.json")!;
        return JsonSerializer.Deserialize<List<Entry>>(stream, SnakeCase)!;
    }

    private sealed class Content(IReadOnlyList<Entry> all)
    {
        public IReadOnlyList<Entry> All => all;

        public IReadOnlyList<Entry> Grantable { get; } = [.. all, .. Unlisted];

        public FrozenSet<string> GrantableNames { get; } = Names(all.Concat(Unlisted));

        public IReadOnlyList<string> Restricted { get; } = [.. all.Where(entry => entry.Restricted).Select(entry => entry.Name)];

        // What is in no list says it by its name.
        public FrozenSet<string> Writing { get; } = all.Concat(Unlisted).Where(entry => entry.DisplayType == "write")
            .Select(entry => entry.Name)
            .Concat(OAuthOnly.Where(scope => scope.EndsWith("_write", StringComparison.Ordinal) || scope == "create_webhooks"))
            .ToFrozenSet(StringComparer.Ordinal);

        public FrozenSet<string> Scopes { get; } = all.Concat(Unlisted).Select(entry => entry.Name).Concat(OAuthOnly)
            .ToFrozenSet(StringComparer.Ordinal);

        public FrozenDictionary<Guid, Entry> ById { get; } = all.ToFrozenDictionary(entry => entry.Id);

        private static FrozenSet<string> Names(IEnumerable<Entry> entries) =>
            entries.Select(entry => entry.Name).ToFrozenSet(StringComparer.Ordinal);
    }
}
