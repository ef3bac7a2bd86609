using System.Text.Json;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Commands;

/// <summary>Takes authenticator app and passkeys off a login whose owner has lost them, and ends its sessions.</summary>
public sealed class ResetFactorsCommand : Command
{
    private readonly string _email;

    private ResetFactorsCommand(string email) => _email = email;

    /// <summary>Takes its options from the command line.</summary>
    /// <exception cref="UsageException">Nobody is named.</exception>
    public static ResetFactorsCommand Read(IConfiguration configuration) =>
        configuration["email"] is { Length: > 0 } email
            ? new ResetFactorsCommand(email)
            : throw new UsageException("Usage: reset-factors --email ADDRESS");

    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().IsOperator();
        var reset = await scope.ServiceProvider.GetRequiredService<FactorReset>().ResetAsync(_email, CancellationToken.None);
        if (reset is null)
        {
            await Console.Error.WriteLineAsync($"Nobody signs in with the address “{_email}”.");
            return 1;
        }

        Console.WriteLine(JsonSerializer.Serialize(reset, Json));
        return 0;
    }
}
