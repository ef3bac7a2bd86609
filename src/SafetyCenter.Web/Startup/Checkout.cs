namespace SafetyCenter.Web.Startup;

/// <summary>Whether we run from the sources, as <c>dotnet run</c> does, or were installed.</summary>
public static class Checkout
{
    private static readonly string[] EnvironmentVariables = ["ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"];

    /// <summary>The folder of SafetyCenter.sln above the program; null where there is none.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>
    /// Development in a checkout, unless the operator named an environment; null leaves it to them. A launch profile
    /// would do the same, but <c>dotnet run</c> then prints a line of its own before the JSON of our commands.
    /// </summary>
    public static string? DefaultEnvironment(string[] args)
    {
        var isNamed = EnvironmentVariables.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            || args.Any(argument => argument.StartsWith("--environment", StringComparison.OrdinalIgnoreCase));
        return isNamed || Folder is null ? null : Environments.Development;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SafetyCenter.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
