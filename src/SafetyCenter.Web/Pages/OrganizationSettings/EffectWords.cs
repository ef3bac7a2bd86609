using SafetyCenter.Web.Pages.Shared;
using SafetyCenter.Web.People;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>What a change of a role does, in sentences.</summary>
internal static class EffectWords
{
    // So many sentences fit into a message.
    private const int ToldMax = 5;

    /// <summary>A sentence for each permission that somebody loses or gains, and one each for those that nobody does.</summary>
    public static IReadOnlyList<string> Sentences(this RoleEffect effect) =>
        [.. Sentences(effect.Lost, "lose"), .. Sentences(effect.Gained, "gain")];

    /// <summary>The same, short enough to follow "Saved".</summary>
    public static string Message(this RoleEffect effect)
    {
        var sentences = effect.Sentences();
        return string.Join(' ', sentences.Take(ToldMax)) + (sentences.Count > ToldMax
            ? $" And {((long)(sentences.Count - ToldMax)).Of("more permission")} changed."
            : null);
    }

    private static IEnumerable<string> Sentences(IReadOnlyList<PermissionEffect> effects, string verb)
    {
        foreach (var effect in effects.Where(effect => effect.IsFelt))
        {
            var isOne = effect.People + effect.ServiceAccounts == 1;
            var keys = verb == "gain" || effect.Credentials == 0 ? null
                : effect.Credentials == 1 ? "; 1 application key or token of theirs then gets 403 for it"
                : $"; {((long)effect.Credentials).Words()} application keys or tokens of theirs then get 403 for it";
            yield return $"{Who(effect)} {verb}{(isOne ? "s" : null)} {effect.Permission}{keys}.";
        }

        if (effects.Count(effect => !effect.IsFelt) is > 0 and var unfelt)
        {
            var names = effects.Where(effect => !effect.IsFelt).Select(effect => effect.Permission).ToList();
            yield return $"Nobody {verb}s {string.Join(", ", names.Take(ToldMax))}"
                + $"{(unfelt > ToldMax ? $" and {unfelt - ToldMax} more" : null)}: "
                + "nobody holds the role, or who does has another role that grants the same.";
        }
    }

    private static string Who(PermissionEffect effect)
    {
        var people = effect.People == 1 ? "1 person" : $"{((long)effect.People).Words()} people";
        var accounts = effect.ServiceAccounts.Of("service account");
        return effect.ServiceAccounts == 0 ? people
            : effect.People == 0 ? accounts
            : $"{people} and {accounts}";
    }
}
