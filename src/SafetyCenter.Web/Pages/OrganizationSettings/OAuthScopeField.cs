using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The part of a form that says what an app may ask for: what only reads apart from what changes something.</summary>
/// <param name="Chosen">What is chosen.</param>
public sealed record OAuthScopeField(IReadOnlyCollection<string> Chosen)
{
    /// <summary>All scopes that an app can have, in two groups.</summary>
    public static readonly IReadOnlyList<(string Title, IReadOnlyList<string> Scopes)> Groups =
    [
        ("Only read", [.. OAuthScopes.InOrder.Where(scope => !OAuthScopes.Write([scope]))]),
        ("Change something", [.. OAuthScopes.InOrder.Where(scope => OAuthScopes.Write([scope]))]),
    ];

    /// <summary>What was chosen that no app can have, to be seen and mended.</summary>
    public IEnumerable<string> Unknown => Chosen.Where(scope => !OAuthScopes.All.Contains(scope));
}
