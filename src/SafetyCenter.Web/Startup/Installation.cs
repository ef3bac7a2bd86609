namespace SafetyCenter.Web.Startup;

/// <summary>What the operator decided about this installation, read once when it starts.</summary>
public sealed class Installation
{
    /// <summary>Where we listen unless told otherwise.</summary>
    public const string DefaultUrl = "http://localhost:5080";

    private Installation(Uri publicUrl, string dataFolder, string keysPrefix, bool hasDemo) =>
        (PublicUrl, DataFolder, KeysPrefix, HasDemo) = (publicUrl, dataFolder, keysPrefix, hasDemo);

    /// <summary>The address that people and programs reach us by, without a slash at the end; links start with it.</summary>
    public Uri PublicUrl { get; }

    /// <summary>Where the private database and the emails as files lie.</summary>
    public string DataFolder { get; }

    /// <summary>What our keys start with.</summary>
    public string KeysPrefix { get; }

    /// <summary>Whether the demo story is planted.</summary>
    public bool HasDemo { get; }

    /// <summary>An absolute link to a page of ours.</summary>
    public string LinkTo(string path) => PublicUrl.AbsoluteUri.TrimEnd('/') + path;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidSettingException">A setting cannot be; the message names it.</exception>
    public static Installation Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var url = configuration["PublicUrl"] ?? DefaultUrl;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var publicUrl)
            || publicUrl.Scheme is not ("http" or "https"))
        {
            throw new InvalidSettingException(
                $"The setting PublicUrl is “{url}”; it must be an address such as https://safety.example.com.");
        }

        return new Installation(
            publicUrl,
            configuration["Data:Folder"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : DefaultDataFolder(),
            configuration["Keys:Prefix"] ?? "sc",
            configuration.GetValue<bool?>("Demo:Enabled") ?? environment.IsDevelopment());
    }

    // At the root of the checkout when we run from one, so that every way of starting us finds the same data.
    private static string DefaultDataFolder() => Path.Combine(Checkout.Folder ?? AppContext.BaseDirectory, ".data");
}
