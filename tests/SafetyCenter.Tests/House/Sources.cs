namespace SafetyCenter.Tests.House;

/// <summary>The sources of the checkout that these tests stand in.</summary>
internal static class Sources
{
    /// <summary>The folder that holds SafetyCenter.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every source file below a folder that we wrote by hand, by path relative to the root.</summary>
    public static IEnumerable<(string Path, string[] Lines)> Below(string folder, params string[] endings) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(Root, file).Replace('\\', '/')))
            .Where(file => endings.Any(file.Path.EndsWith))
            .Where(file => !file.Path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "lib" or "Migrations"))
            .Select(file => (file.Path, File.ReadAllLines(file.File)));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SafetyCenter.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("These tests run in a checkout.");
    }
}
