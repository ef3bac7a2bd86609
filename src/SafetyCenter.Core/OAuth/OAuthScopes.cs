using System.Collections.Frozen;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// What an OAuth app can be let do: the scopes of Datadog's security scheme <c>AuthZ</c>. None of them is a permission over
/// keys, so an app can never make one.
/// </summary>
public static class OAuthScopes
{
    private static readonly string[] Names =
    [
        "apm_api_catalog_read", "apm_api_catalog_write", "apm_read", "apm_service_catalog_read",
        "apm_service_catalog_write", "appsec_vm_read", "billing_read", "bits_investigations_read",
        "bits_investigations_write", "cases_read", "cases_write", "ci_visibility_pipelines_write",
        "ci_visibility_read", "cloud_cost_management_read", "cloud_cost_management_write", "code_analysis_read",
        "code_coverage_read", "continuous_profiler_pgo_read", "coterm_read", "coterm_write", "create_webhooks",
        "dashboards_embed_share", "dashboards_invite_share", "dashboards_public_share", "dashboards_read",
        "dashboards_write", "data_scanner_read", "data_scanner_write", "embeddable_graphs_share",
        "error_tracking_read", "error_tracking_write", "events_read", "hosts_read",
        "incident_notification_settings_read", "incident_notification_settings_write", "incident_read",
        "incident_settings_read", "incident_settings_write", "incident_write", "metrics_read", "monitors_downtime",
        "monitors_read", "monitors_write", "org_connections_read", "org_connections_write", "org_management",
        "security_comments_read", "security_monitoring_critical_assets_read",
        "security_monitoring_critical_assets_write", "security_monitoring_filters_read",
        "security_monitoring_filters_write", "security_monitoring_findings_read", "security_monitoring_rules_read",
        "security_monitoring_rules_write", "security_monitoring_signals_read",
        "security_monitoring_suppressions_read", "security_monitoring_suppressions_write", "security_pipelines_read",
        "security_pipelines_write", "slos_corrections", "slos_read", "slos_write", "synthetics_global_variable_read",
        "synthetics_global_variable_write", "synthetics_private_location_read", "synthetics_private_location_write",
        "synthetics_read", "synthetics_write", "teams_manage", "teams_read", "test_optimization_read",
        "test_optimization_settings_write", "test_optimization_write", "timeseries_query", "usage_read",
        "user_access_invite", "user_access_manage", "user_access_read", "workflows_read", "workflows_run",
        "workflows_write",
    ];

    /// <summary>All of them, in alphabetical order.</summary>
    public static IReadOnlyList<string> InOrder => Names;

    /// <summary>All of them.</summary>
    public static FrozenSet<string> All { get; } = Names.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Scopes as they are kept: each once, in alphabetical order; at least one.</summary>
    /// <param name="scopes">Their names.</param>
    /// <param name="field">The field to point at.</param>
    /// <exception cref="RefusedException">None, or one that no app can have.</exception>
    public static string[] Clean(IEnumerable<string> scopes, string field = "scopes")
    {
        var clean = scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (clean.Length == 0)
        {
            throw RefusedException.Invalid("An app needs at least one scope.", field);
        }

        var unknown = Array.FindAll(clean, scope => !All.Contains(scope));
        return unknown.Length == 0 ? clean : throw RefusedException.Invalid(
            $"No app can have {string.Join(", ", unknown.Take(10).Select(Shown))}. "
            + "An app can have the scopes of OAuth apps only, and case counts; none of them makes or reads keys.",
            field);
    }

    /// <summary>The names in a parameter <c>scope</c> (RFC 6749, 3.3), each once, in the order given.</summary>
    public static string[] Split(string? parameter) =>
        [.. (parameter ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether any of them changes something.</summary>
    public static bool Write(IEnumerable<string> scopes) => scopes.Any(PermissionCatalogue.Writing.Contains);

    /// <summary>What a scope lets do, for people: "Dashboards Write".</summary>
    public static string Words(string scope) => PermissionCatalogue.Grantable.FirstOrDefault(entry => entry.Name == scope)
        is { DisplayName: var name }
            ? name
            : string.Join(' ', scope.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Shown(string scope) => scope.Length <= 60 ? $"“{scope}”" : $"“{scope[..60]}…”";
}
