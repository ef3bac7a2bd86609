using System.Text.Json;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Web.Commands;

/// <summary>Runs one job now and prints what it did; without a name, lists them.</summary>
public sealed class JobCommand(string? name) : Command
{
    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        if (name is null)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                Schedule.All.Select(job => new { job.Name, job.Cron, job.Purpose }), Json));
            return 0;
        }

        var definition = Schedule.All.FirstOrDefault(job => job.Name == name);
        if (definition is null)
        {
            await Console.Error.WriteLineAsync(
                $"There is no job “{name}”. There are: {string.Join(", ", Schedule.All.Select(job => job.Name))}.");
            return 1;
        }

        await using var scope = app.Services.CreateAsyncScope();
        var job = (IScheduled)scope.ServiceProvider.GetRequiredService(definition.Type);
        try
        {
            var summary = await job.RunAsync(CancellationToken.None);
            Console.WriteLine(JsonSerializer.Serialize(summary, Json));
            return 0;
        }
        catch (Exception failure)
        {
            app.Logger.LogError(failure, "The job {Job} failed", name);
            Console.WriteLine(JsonSerializer.Serialize(new { Job = name, Error = failure.Message }, Json));
            return 1;
        }
    }
}
