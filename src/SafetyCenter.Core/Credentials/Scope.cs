using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>
/// What a credential is limited to: names of permissions, case-sensitive (seed 004). No scopes at all means no limit but
/// the owner's permissions.
/// </summary>
public static class Scope
{
    /// <summary>Scopes as they are kept: each once, in the order given.</summary>
    /// <exception cref="RefusedException">A name that is no scope.</exception>
    public static IReadOnlyList<string> Clean(IEnumerable<string> scopes)
    {
        var clean = scopes.Distinct(StringComparer.Ordinal).ToList();
        var unknown = clean.Where(scope => !PermissionCatalogue.Scopes.Contains(scope)).ToList();
        return unknown.Count == 0 ? clean : throw RefusedException.Invalid(
            $"Unknown scope{(unknown.Count == 1 ? "" : "s")}: {string.Join(", ", unknown.Take(10).Select(Shown))}. "
            + "Scopes are names of permissions, and case counts.",
            "scopes");
    }

    /// <summary>Whether scopes let pass what needs the permission.</summary>
    public static bool Covers(IReadOnlyCollection<string> scopes, string permission) =>
        scopes.Count == 0 || scopes.Contains(permission, StringComparer.Ordinal);

    /// <summary>
    /// Which of the wanted scopes exceed those of the credential that asks for them. What is made through a limited
    /// credential may not be wider than it (product page, section 9).
    /// </summary>
    /// <param name="wanted">The scopes of the new credential; none means everything.</param>
    /// <param name="held">The scopes of the credential that makes it; none means it is not limited.</param>
    /// <returns>What is too much; "all permissions" when no limit at all was wanted.</returns>
    public static IReadOnlyList<string> Exceeding(
        IReadOnlyCollection<string> wanted, IReadOnlyCollection<string> held) =>
        held.Count == 0 ? []
            : wanted.Count == 0 ? ["all permissions"]
            : [.. wanted.Except(held, StringComparer.Ordinal)];

    private static string Shown(string scope) => scope.Length <= 60 ? $"“{scope}”" : $"“{scope[..60]}…”";
}
