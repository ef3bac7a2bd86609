namespace SafetyCenter.Web.Security;

/// <summary>
/// Marks an address of an organization with the permission it needs. One without this mark is closed; one with the mark
/// but without a permission is open to every active user of the organization.
/// </summary>
/// <param name="anyOf">The names in the catalogue; holding one of them is enough.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresPermissionAttribute(params string[] anyOf) : Attribute
{
    /// <summary>The permissions' names in the catalogue; holding one of them is enough.</summary>
    public IReadOnlyList<string> AnyOf { get; } = anyOf;

    /// <summary>Whether who asks may enter.</summary>
    public bool Admits(Actor actor) => AnyOf.Count == 0 || actor.MayAny(AnyOf);

    /// <summary>As a list reads: "api_keys_read or api_keys_write".</summary>
    public override string ToString() => AnyOf.Count == 0 ? "any user" : string.Join(" or ", AnyOf);
}
