using SafetyCenter.Web.Commands;
using SafetyCenter.Web.Startup;

switch (args)
{
    case ["health"]:
        return await HealthCommand.RunAsync();
    case ["job"]:
        return JobCommand.List();
}

var builder = WebApplication.CreateBuilder(new WebApplicationOptions
{
    Args = args,
    ContentRootPath = Installation.ContentRoot(args),
    EnvironmentName = Checkout.DefaultEnvironment(args),
});
try
{
    var command = Command.Read(args, builder.Configuration);
    var installation = Installation.Read(builder.Configuration, builder.Environment);
    PermissionFile.Read(builder.Configuration);
    builder.ListenOnDefaultUrl();
    await using var database = new Database(builder.Configuration, installation);
    builder.AddSafetyCenter(installation, database);
    var app = builder.Build();
    await using var ending = new Ending(app);
    app.CheckSettings();
    await database.OpenAsync();
    var hasDemo = await app.PrepareAsync(plantDemo: command is null && installation.HasDemo);
    if (command is not null)
    {
        return await command.RunAsync(app);
    }

    app.UseSafetyCenter();
    app.PrintAddressWhenStarted(hasDemo);
    await app.RunUntilStoppedAsync();
    return 0;
}
catch (Exception reason) when (Refused.AtStart(reason))
{
    await Console.Error.WriteLineAsync(Refused.Text(reason, builder.Configuration));
    return 1;
}

/// <summary>The entry point; public so that tests can host it.</summary>
public partial class Program;
