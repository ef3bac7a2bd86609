using System.Net;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Startup;

/// <summary>What the operator decided about this installation, read once when it starts.</summary>
public sealed class Installation
{
    /// <summary>Where we listen unless told otherwise.</summary>
    public const string DefaultUrl = "http://localhost:5080";

    private Installation(
        Uri publicUrl,
        string dataFolder,
        SecretFormat secrets,
        bool hasDemo,
        IReadOnlyList<IPNetwork> trustedProxies,
        bool hasDynamicRegistration) =>
        (PublicUrl, DataFolder, Secrets, HasDemo, TrustedProxies, HasDynamicRegistration) =
            (publicUrl, dataFolder, secrets, hasDemo, trustedProxies, hasDynamicRegistration);

    /// <summary>The address that people and programs reach us by, without a slash at the end; links start with it.</summary>
    public Uri PublicUrl { get; }

    /// <summary>Where the private database and the emails as files lie.</summary>
    public string DataFolder { get; }

    /// <summary>What our keys look like, prefix included.</summary>
    public SecretFormat Secrets { get; }

    /// <summary>Whether the demo story is planted.</summary>
    public bool HasDemo { get; }

    /// <summary>Whose word on the address of a caller counts; nobody's unless named.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; }

    /// <summary>Whether programs may register themselves as OAuth apps (RFC 7591), without being known to anybody.</summary>
    public bool HasDynamicRegistration { get; }

    /// <summary>An absolute link to a page of ours.</summary>
    public string LinkTo(string path) => PublicUrl.AbsoluteUri.TrimEnd('/') + path;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="CannotStartException">A setting cannot be; the message names it.</exception>
    public static Installation Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var url = configuration["PublicUrl"] is { Length: > 0 } set ? set : DefaultUrl;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var publicUrl)
            || publicUrl.Scheme is not ("http" or "https"))
        {
            throw new CannotStartException(
                $"The setting PublicUrl is “{url}”; it must be an address such as https://safety.example.com.");
        }

        return new Installation(
            publicUrl,
            configuration["Data:Folder"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : DefaultDataFolder(),
            ReadSecrets(configuration["Keys:Prefix"]),
            ReadFlag(configuration, "Demo:Enabled") ?? environment.IsDevelopment(),
            CallerAddress.ReadTrustedProxies(configuration["Gateway:TrustedProxies"]),
            ReadFlag(configuration, "OAuth:DynamicRegistration") ?? false);
    }

    /// <summary>
    /// Where the settings and what browsers load lie: in the current folder, such as the project's own in a checkout,
    /// or else beside the program, so that it may be started from anywhere. Null leaves it to the arguments.
    /// </summary>
    public static string? ContentRoot(string[] args) =>
        File.Exists("appsettings.json") || args.Any(arg => arg.StartsWith("--contentRoot", StringComparison.Ordinal))
            ? null
            : AppContext.BaseDirectory;

    private static SecretFormat ReadSecrets(string? prefix)
    {
        try
        {
            return string.IsNullOrEmpty(prefix) ? new SecretFormat() : new SecretFormat(prefix);
        }
        catch (ArgumentException impossible)
        {
            throw new CannotStartException(
                $"The setting Keys:Prefix is “{prefix}”; it must be 2 to 5 lower-case letters, and not “dd”, "
                + "which would send reports of our leaks to Datadog.",
                impossible);
        }
    }

    private static bool? ReadFlag(IConfiguration configuration, string setting) =>
        configuration[setting] is not { Length: > 0 } value ? null
        : bool.TryParse(value, out var isWanted) ? isWanted
        : throw new CannotStartException($"The setting {setting} is “{value}”; it must be true or false.");

    // At the root of the checkout when we run from one, so that every way of starting us finds the same data.
    private static string DefaultDataFolder() => Path.Combine(Checkout.Folder ?? AppContext.BaseDirectory, ".data");
}
