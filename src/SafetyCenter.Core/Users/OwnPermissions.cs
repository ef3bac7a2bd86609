using System.Text.Json;
using System.Text.RegularExpressions;

namespace SafetyCenter.Core.Users;

/// <summary>
/// The operator's own permissions, for services of theirs that stand behind the gateway: a JSON list of objects with
/// <c>id</c>, <c>name</c>, <c>display_name</c>, <c>group_name</c>, <c>display_type</c>, <c>default_role</c> and
/// <c>restricted</c>, as in the catalogue itself.
/// </summary>
public static partial class OwnPermissions
{
    private const int NameLengthMax = 100;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    private static readonly string[] DisplayTypes = ["read", "write", "other"];
    private static readonly string?[] DefaultRoles = ["Read Only", "Standard", "Admin", "none", null];

    /// <summary>A catalogue with the operator's own permissions behind its own.</summary>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="json">The operator's list.</param>
    /// <exception cref="RefusedException">
    /// It is no such list, something of a permission is missing or cannot be, or a name or an id is there already.
    /// </exception>
    public static IReadOnlyList<PermissionCatalogue.Entry> AddTo(
        IReadOnlyList<PermissionCatalogue.Entry> catalogue, string json)
    {
        var names = PermissionCatalogue.Scopes.Union(catalogue.Select(entry => entry.Name)).ToHashSet(StringComparer.Ordinal);
        var ids = catalogue.Select(entry => entry.Id).ToHashSet();
        var own = Read(json);
        foreach (var entry in own)
        {
            RefuseUnlessWhole(entry);
            if (!names.Add(entry.Name))
            {
                throw RefusedException.Invalid($"the name “{entry.Name}” is there already.");
            }

            if (!ids.Add(entry.Id))
            {
                throw RefusedException.Invalid($"the id of “{entry.Name}”, {entry.Id}, is there already.");
            }
        }

        return [.. catalogue, .. own];
    }

    private static List<PermissionCatalogue.Entry> Read(string json)
    {
        try
        {
            var own = JsonSerializer.Deserialize<List<PermissionCatalogue.Entry?>>(json, Json);
            return own is not null && own.TrueForAll(entry => entry is not null)
                ? [.. own.OfType<PermissionCatalogue.Entry>()]
                : throw RefusedException.Invalid("it must be a list of permissions.");
        }
        catch (JsonException unreadable)
        {
            throw RefusedException.Invalid($"it is no list of permissions: {unreadable.Message}");
        }
    }

    private static void RefuseUnlessWhole(PermissionCatalogue.Entry entry)
    {
        if (entry.Name is not { Length: > 0 and <= NameLengthMax } name || !Name().IsMatch(name))
        {
            throw RefusedException.Invalid(
                $"the name “{entry.Name}” must be lower-case letters, digits and underscores, at most {NameLengthMax}.");
        }

        if (entry.Id == Guid.Empty)
        {
            throw RefusedException.Invalid($"“{name}” needs an id, a UUID of its own.");
        }

        Text.Name(entry.DisplayName, $"The display_name of “{name}”");
        Text.Name(entry.GroupName, $"The group_name of “{name}”");
        if (!DisplayTypes.Contains(entry.DisplayType))
        {
            throw RefusedException.Invalid($"the display_type of “{name}” must be one of {string.Join(", ", DisplayTypes)}.");
        }

        if (!DefaultRoles.Contains(entry.DefaultRole))
        {
            throw RefusedException.Invalid(
                $"the default_role of “{name}” must be null or one of {string.Join(", ", DefaultRoles.OfType<string>())}.");
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex Name();
}
