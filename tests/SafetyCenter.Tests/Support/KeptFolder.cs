using System.Runtime.Versioning;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// A folder for a kept cluster, or for all the data of a running app; each test leaves it with nothing running in it.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeptFolder : IDisposable
{
    // A mode as in a checkout: others, and so the account that root steps down to, may enter.
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetycenter-kept-");

    public KeptFolder() => File.SetUnixFileMode(Path, (UnixFileMode)Convert.ToInt32("755", 8));

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
