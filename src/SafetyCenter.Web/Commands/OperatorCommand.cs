using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Commands;

/// <summary>Lets somebody who can sign in see how all organizations fare, or no longer.</summary>
public sealed class OperatorCommand : Command
{
    private readonly string _email;
    private readonly bool _revoke;

    private OperatorCommand(string email, bool revoke) => (_email, _revoke) = (email, revoke);

    /// <summary>Takes its options from the command line.</summary>
    /// <param name="configuration">The command line.</param>
    /// <param name="revoke">Whether they are no longer to see it.</param>
    /// <exception cref="UsageException">Nobody is named.</exception>
    public static OperatorCommand Read(IConfiguration configuration, bool revoke) =>
        configuration["email"] is { Length: > 0 } email
            ? new OperatorCommand(email, revoke)
            : throw new UsageException("Usage: operator --email ADDRESS [--revoke]");

    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var logins = scope.ServiceProvider.GetRequiredService<UserManager<Login>>();
        if (await logins.FindByEmailAsync(_email) is not { } login)
        {
            await Console.Error.WriteLineAsync(
                $"Nobody signs in as “{_email}”. Invite them to an organization, or found one with bootstrap, and try again.");
            return 1;
        }

        login.IsOperator = !_revoke;
        await logins.UpdateAsync(login);
        Console.WriteLine(JsonSerializer.Serialize(new { login.Email, login.IsOperator }, Json));
        return 0;
    }
}
