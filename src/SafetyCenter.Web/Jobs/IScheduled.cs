namespace SafetyCenter.Web.Jobs;

/// <summary>A job: done by the schedule, or by <c>job NAME</c>. Running one twice does no more than running it once.</summary>
public interface IScheduled
{
    /// <summary>Does it.</summary>
    /// <returns>A summary that can be written as JSON.</returns>
    Task<object> RunAsync(CancellationToken cancellationToken);
}
