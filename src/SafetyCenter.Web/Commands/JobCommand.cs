using System.Text.Json;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Web.Commands;

/// <summary>Runs one job now and prints what it did.</summary>
public sealed class JobCommand : Command
{
    private readonly Schedule.Entry _entry;

    private JobCommand(Schedule.Entry entry) => _entry = entry;

    /// <summary>The job of that name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static JobCommand Read(string name) =>
        Schedule.All.FirstOrDefault(entry => entry.Name == name) is { } entry
            ? new JobCommand(entry)
            : throw new UsageException(
                $"There is no job “{name}”. There are: {string.Join(", ", Schedule.All.Select(job => job.Name))}.");

    /// <summary>Prints which jobs there are; that needs no database.</summary>
    /// <returns>The exit code of the process.</returns>
    public static int List()
    {
        Console.WriteLine(JsonSerializer.Serialize(
            Schedule.All.Select(job => new { job.Name, job.Cron, job.Purpose }), Json));
        return 0;
    }

    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var job = (IScheduled)scope.ServiceProvider.GetRequiredService(_entry.Type);
        try
        {
            var summary = await job.RunAsync(CancellationToken.None);
            Console.WriteLine(JsonSerializer.Serialize(summary, Json));
            return 0;
        }
        catch (Exception failure)
        {
            app.Logger.LogError(failure, "The job {Job} failed", _entry.Name);
            Console.WriteLine(JsonSerializer.Serialize(new { Job = _entry.Name, Error = failure.Message }, Json));
            return 1;
        }
    }
}
