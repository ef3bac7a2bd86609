using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The part of a form that says what a credential may do: boxes to tick, and a field for names.</summary>
/// <param name="Chosen">What is chosen.</param>
/// <param name="IsNeeded">Whether at least one must be.</param>
/// <param name="Holder">For whom the credential acts, with roles; null when that does not matter.</param>
public sealed record ScopeField(IReadOnlyCollection<string> Chosen, bool IsNeeded, User? Holder)
{
    /// <summary>One scope that can be ticked.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Title">What people call it.</param>
    /// <param name="IsPermission">Whether it is a permission that a role can grant.</param>
    public sealed record Choice(string Name, string Title, bool IsPermission);

    /// <summary>All scopes, by product.</summary>
    public static readonly IReadOnlyList<(string Title, IReadOnlyList<Choice> Choices)> Groups =
    [
        .. PermissionCatalogue.All
            .GroupBy(entry => entry.GroupName)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (
                group.Key,
                (IReadOnlyList<Choice>)[.. group.Select(entry => new Choice(entry.Name, entry.DisplayName, true))])),
        (
            "Others",
            [
                .. PermissionCatalogue.Scopes.Except(PermissionCatalogue.All.Select(entry => entry.Name))
                    .Order(StringComparer.Ordinal)
                    .Select(name => new Choice(name, name, false)),
            ]),
    ];

    /// <summary>What was chosen that is no scope, to be seen and mended.</summary>
    public IEnumerable<string> Unknown => Chosen.Where(name => !PermissionCatalogue.Scopes.Contains(name));

    /// <summary>Whether the holder's roles do not grant it now, so that calls which need it get 403.</summary>
    public bool IsBeyond(Choice choice) => choice.IsPermission && Holder is { } holder && !holder.Has(choice.Name);

    /// <summary>The scopes that a form sent: ticked ones, and names that were typed.</summary>
    public static IReadOnlyList<string> Read(IEnumerable<string?> sent) =>
    [
        .. sent.OfType<string>()
            .SelectMany(names => names.Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
            .Distinct(StringComparer.Ordinal),
    ];
}
