namespace SafetyCenter.Web.Data;

/// <summary>A key that protects cookies and links, shared by every instance through the database.</summary>
public sealed class DataProtectionKey
{
    /// <summary>Its number.</summary>
    public long Id { get; private set; }

    /// <summary>The name ASP.NET Core gave it.</summary>
    public string FriendlyName { get; private set; } = "";

    /// <summary>The key, as the XML that ASP.NET Core made of it.</summary>
    public string Xml { get; private set; } = "";
}
