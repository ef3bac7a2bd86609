namespace SafetyCenter.Web.Startup;

/// <summary>
/// Disposes of the app when the program ends, but waits for that no longer than anybody with Ctrl-C would: the
/// scheduler does not let go of a database that is away. What is left then ends with the process.
/// </summary>
public sealed class Ending(WebApplication app) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Not on this thread: what is disposed of may also wait without giving it back.
            await Task.Run(async () => await app.DisposeAsync()).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            await Console.Error.WriteLineAsync(
                $"Something does not end within {Patience.TotalSeconds} s, and is left as it is.");
        }
    }
}

/// <summary>Runs the app, from the first hosted service to the last.</summary>
public static class Running
{
    /// <summary>
    /// Starts the app and waits for Ctrl-C or its like. As <c>RunAsync</c>, but leaves disposing to
    /// <see cref="Ending"/>, and stops what had started when something else does not: the schedule would go on.
    /// </summary>
    public static async Task RunUntilStoppedAsync(this WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.StopAsync();
            throw;
        }

        await app.WaitForShutdownAsync();
    }
}
