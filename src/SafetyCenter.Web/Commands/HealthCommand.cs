namespace SafetyCenter.Web.Commands;

/// <summary>Asks the instance in the same container whether it is ready: an image without curl needs somebody to ask.</summary>
public static class HealthCommand
{
    private const string DefaultUrl = "http://localhost:5080";

    // Less than the five seconds after which a container's health check is usually given up.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>0 when it is ready, 1 when not.</summary>
    public static async Task<int> RunAsync()
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().Build();
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var response = await client.GetAsync(new Uri(AddressFrom(configuration), "/health/ready"));
            if (response.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"{AddressFrom(configuration)} answers {(int)response.StatusCode}");
            return 1;
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync(silent.Message);
            return 1;
        }
        catch (UriFormatException unreadable)
        {
            await Console.Error.WriteLineAsync($"ASPNETCORE_URLS cannot be read: {unreadable.Message}");
            return 1;
        }
    }

    /// <summary>
    /// Where to ask, from the settings the server listens by: <c>urls</c>, or else <c>http_ports</c>, each a list with
    /// semicolons. A plain address goes before an encrypted one, whose certificate need not name this machine.
    /// </summary>
    internal static Uri AddressFrom(IConfiguration configuration)
    {
        var urls = Split(configuration["urls"]);
        var url = urls.FirstOrDefault(url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            ?? urls.FirstOrDefault()
            ?? (Split(configuration["http_ports"]) is [var port, ..] ? $"http://localhost:{port}" : DefaultUrl);
        string[] wildcards = ["://+", "://*", "://0.0.0.0", "://[::]"];
        return new Uri(wildcards.Aggregate(
            url, (text, wildcard) => text.Replace(wildcard, "://localhost", StringComparison.Ordinal)));
    }

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
