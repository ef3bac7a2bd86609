using System.Text.Json;

namespace SafetyCenter.Web.Commands;

/// <summary>A deed of the operator, done from the command line. Answers on standard output, in JSON.</summary>
public abstract class Command
{
    /// <summary>Snake case, indented, and characters as they are: people read it too.</summary>
    protected static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command that the arguments name; null to run the web application.</summary>
    public static Command? Read(string[] args) => args switch
    {
        ["bootstrap", ..] => new BootstrapCommand(),
        ["migrate", ..] => new MigrateCommand(),
        ["job"] => new JobCommand(name: null),
        ["job", var name, ..] => new JobCommand(name),
        [var unknown, ..] when !unknown.StartsWith('-') => new UnknownCommand(unknown),
        _ => null,
    };

    /// <summary>Does it.</summary>
    /// <returns>The exit code of the process.</returns>
    public abstract Task<int> RunAsync(WebApplication app);
}

/// <summary>Makes or updates the tables; which has been done before any command runs.</summary>
public sealed class MigrateCommand : Command
{
    /// <inheritdoc />
    public override Task<int> RunAsync(WebApplication app)
    {
        Console.WriteLine(JsonSerializer.Serialize(new { Migrated = true }, Json));
        return Task.FromResult(0);
    }
}

/// <summary>A word we do not know.</summary>
public sealed class UnknownCommand(string name) : Command
{
    /// <inheritdoc />
    public override async Task<int> RunAsync(WebApplication app)
    {
        await Console.Error.WriteLineAsync(
            $"There is no command “{name}”. There are: bootstrap, migrate, job NAME, and none to run the web application.");
        return 1;
    }
}
