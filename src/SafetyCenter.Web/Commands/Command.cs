using System.Text.Json;

namespace SafetyCenter.Web.Commands;

/// <summary>
/// Something the operator does from the command line. Answers on standard output, in JSON; whatever else there is to
/// say goes to standard error.
/// </summary>
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
    /// <exception cref="UsageException">They name none, or one that cannot be done with what stands behind it.</exception>
    public static Command? Read(string[] args, IConfiguration configuration) => args switch
    {
        ["bootstrap", ..] => BootstrapCommand.Read(configuration),
        ["migrate", ..] => new MigrateCommand(),
        ["job", var name, ..] => JobCommand.Read(name),
        ["limits", ..] => LimitsCommand.Read(configuration),
        ["organizations", ..] => new OrganizationsCommand(),
        ["rename", ..] => RenameCommand.Read(configuration),
        ["disable", ..] => DisableCommand.Read(configuration, disable: true),
        ["enable", ..] => DisableCommand.Read(configuration, disable: false),
        ["operator", ..] => OperatorCommand.Read(configuration, revoke: args.Contains("--revoke")),
        ["reset-factors", ..] => ResetFactorsCommand.Read(configuration),
        [var unknown, ..] when !unknown.StartsWith('-') => throw new UsageException(
            $"There is no command “{unknown}”. There are: bootstrap, migrate, job NAME, limits, organizations, rename, "
            + "disable, enable, operator, reset-factors, health, and none to run the web application."),
        _ => null,
    };

    /// <summary>Does it. The database has been migrated.</summary>
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

/// <summary>The command line cannot be understood; the message says what it should be. Nothing has been started.</summary>
public sealed class UsageException(string message) : Exception(message);
