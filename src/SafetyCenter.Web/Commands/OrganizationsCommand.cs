using System.Text.Json;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Organizations;

namespace SafetyCenter.Web.Commands;

/// <summary>Lists all organizations, worst first: counts, and never what is counted.</summary>
public sealed class OrganizationsCommand : Command
{
    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SafetyCenterDb>();
        var all = new List<Figures>();
        string? after = null;
        do
        {
            var (page, next) = await Figures.WorstFirstAsync(db, after, Cursor.PageSize, CancellationToken.None);
            all.AddRange(page);
            after = next;
        }
        while (after is not null);
        Console.WriteLine(JsonSerializer.Serialize(all, Json));
        return 0;
    }
}
