namespace SafetyCenter.Web.Security;

/// <summary>Marks an endpoint of an organization with the permission it needs. One without it is closed.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresPermissionAttribute(string permission) : Attribute
{
    /// <summary>The permission's name in the catalogue.</summary>
    public string Permission { get; } = permission;
}
