using System.Collections.Frozen;
using System.Text.Json;

namespace SafetyCenter.Core.Users;

/// <summary>All permissions that exist; each is also a scope. The default catalogue is Datadog's.</summary>
public static class PermissionCatalogue
{
    // Above what it is used for: static fields are set in the order of the text.
    private static readonly JsonSerializerOptions SnakeCase =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>One permission of the catalogue.</summary>
    /// <param name="Id">Its id, the same in every organization.</param>
    /// <param name="Name">Its name, which is also the name of the scope.</param>
    /// <param name="DisplayName">Its name for people.</param>
    /// <param name="GroupName">The product it belongs to.</param>
    /// <param name="DisplayType"><c>read</c>, <c>write</c> or <c>other</c>.</param>
    /// <param name="DefaultRole">The lowest managed role that has it; null when none has.</param>
    public sealed record Entry(
        Guid Id, string Name, string DisplayName, string GroupName, string DisplayType, string? DefaultRole);

    /// <summary>Every permission, in the catalogue's order.</summary>
    public static IReadOnlyList<Entry> All { get; } = Load();

    /// <summary>The names of those that change something. A grant of one makes an app a writing app.</summary>
    public static FrozenSet<string> Writing { get; } =
        All.Where(entry => entry.DisplayType == "write").Select(entry => entry.Name).ToFrozenSet(StringComparer.Ordinal);

    // These three are absent from the list that Datadog publishes, but its managed roles hold them.
    private static readonly (string Name, string Role)[] Unlisted =
    [
        ("user_access_read", "Read Only"),
        ("org_authorized_apps_read", "Standard"),
        ("org_authorized_apps_write", "Admin"),
    ];

    // OAuth scopes of Datadog that are no permission of its list; old scoped keys may hold them.
    private static readonly string[] OAuthOnly =
    [
        "create_webhooks", "events_read", "hosts_read", "metrics_read", "security_monitoring_critical_assets_read",
        "security_monitoring_critical_assets_write", "teams_read", "timeseries_query", "user_self_profile_write",
    ];

    /// <summary>Every name that can be a scope: all permissions, listed or not, and Datadog's further OAuth scopes.</summary>
    public static FrozenSet<string> Scopes { get; } = All.Select(entry => entry.Name)
        .Concat(Unlisted.Select(entry => entry.Name))
        .Concat(OAuthOnly)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What a managed role holds: its own permissions and those of every lower one.</summary>
    /// <param name="rank">0 Read Only, 1 Standard, 2 Admin.</param>
    public static IReadOnlyList<string> OfManagedRole(int rank)
    {
        string[] ranks = ["Read Only", "Standard", "Admin"];
        var held = ranks[..(rank + 1)];
        return
        [
            .. All.Where(entry => held.Contains(entry.DefaultRole)).Select(entry => entry.Name),
            .. Unlisted.Where(entry => held.Contains(entry.Role)).Select(entry => entry.Name),
        ];
    }

    private static List<Entry> Load()
    {
        using var stream = typeof(PermissionCatalogue).Assembly.GetManifestResourceStream("permissions.json")!;
        return JsonSerializer.Deserialize<List<Entry>>(stream, SnakeCase)!;
    }
}
