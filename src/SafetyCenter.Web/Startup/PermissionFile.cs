using SafetyCenter.Core;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Startup;

/// <summary>Adds the operator's own permissions to the catalogue, when the setting names a file with them.</summary>
public static class PermissionFile
{
    /// <summary>Reads it, before anybody asks the catalogue.</summary>
    /// <exception cref="CannotStartException">It cannot be read, or holds what cannot be.</exception>
    public static void Read(IConfiguration configuration)
    {
        if (configuration["Permissions:File"] is not { Length: > 0 } path)
        {
            return;
        }

        try
        {
            PermissionCatalogue.Use(OwnPermissions.AddTo(PermissionCatalogue.All, File.ReadAllText(path)));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or RefusedException)
        {
            throw new CannotStartException($"The file of the setting Permissions:File, “{path}”: {wrong.Message}", wrong);
        }
    }
}
