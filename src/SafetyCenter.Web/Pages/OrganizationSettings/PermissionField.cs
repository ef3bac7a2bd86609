using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The part of a form that says what a role grants: boxes to tick, by product, and a search among them.</summary>
/// <param name="Chosen">What is ticked.</param>
/// <param name="Search">What the shown ones hold in their names; null for all.</param>
/// <param name="IsReadOnly">Whether it only shows what is granted.</param>
public sealed record PermissionField(IReadOnlyCollection<string> Chosen, string? Search, bool IsReadOnly)
{
    // With more than these, unfolding all of them hides where one is.
    private const int UnfoldedMax = 20;

    private readonly HashSet<string> _chosen = Chosen.ToHashSet(StringComparer.Ordinal);

    /// <summary>The permissions that are shown, by product.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<PermissionCatalogue.Entry> Entries)> Groups =>
    [
        .. PermissionCatalogue.Grantable
            .Where(entry => IsFound(entry) && (!IsReadOnly || IsChosen(entry)))
            .GroupBy(entry => entry.GroupName)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, (IReadOnlyList<PermissionCatalogue.Entry>)[.. group])),
    ];

    /// <summary>What is ticked and, because of the search, not shown; it is sent along all the same.</summary>
    public IEnumerable<string> Hidden => PermissionCatalogue.Grantable
        .Where(entry => IsChosen(entry) && !IsFound(entry))
        .Select(entry => entry.Name);

    /// <summary>What is granted although the catalogue no longer knows it.</summary>
    public IReadOnlyList<string> Unknown => [.. Chosen.Where(name => !PermissionCatalogue.IsGrantable(name))];

    /// <summary>Whether all groups are unfolded.</summary>
    public bool IsUnfolded => Search is not null || _chosen.Count <= UnfoldedMax;

    /// <summary>Whether a permission is ticked.</summary>
    public bool IsChosen(PermissionCatalogue.Entry entry) => _chosen.Contains(entry.Name);

    private bool IsFound(PermissionCatalogue.Entry entry) => Search is null
        || entry.Name.Contains(Search, StringComparison.OrdinalIgnoreCase)
        || entry.DisplayName.Contains(Search, StringComparison.OrdinalIgnoreCase)
        || entry.GroupName.Contains(Search, StringComparison.OrdinalIgnoreCase);
}
