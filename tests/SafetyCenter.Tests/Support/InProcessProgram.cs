using System.Globalization;
using System.Text;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// The product's own entry point, called in this process: what a command answers and how a start is refused, without the
/// start of a runtime that a <see cref="RunningApp"/> costs. What only a process has (signals, the environment, its end) is
/// that one's matter.
/// </summary>
internal static class InProcessProgram
{
    /// <summary>Nothing takes this long; a machine that does several things at once may be slow all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly AsyncLocal<TextWriter?> Output = new();
    private static readonly AsyncLocal<TextWriter?> Errors = new();

    static InProcessProgram()
    {
        Console.SetOut(new Ear(Console.Out, Output));
        Console.SetError(new Ear(Console.Error, Errors));
    }

    /// <summary>Runs a command, or what ends by itself, to its end.</summary>
    /// <param name="folder">Its data folder.</param>
    /// <param name="command">The command line; empty to start the web application, which is then expected to refuse.</param>
    /// <param name="settings">Named as in a settings file, <c>Smtp:Tls</c>.</param>
    public static async Task<Outcome> RunAsync(
        string folder, string[] command, params (string Name, string Value)[] settings)
    {
        // Before the options, of which the last may have no value of its own and would take the first of these for it.
        string[] all =
        [
            .. command.TakeWhile(word => !word.StartsWith('-')),
            "--environment=Development",
            $"--Data:Folder={folder}",
            .. settings.Select(setting => $"--{setting.Name}={setting.Value}"),
            .. command.SkipWhile(word => !word.StartsWith('-')),
        ];
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        var running = Task.Run(() =>
        {
            (Output.Value, Errors.Value) = (TextWriter.Synchronized(output), TextWriter.Synchronized(errors));
            return (int)typeof(Program).Assembly.EntryPoint!.Invoke(null, [all])!;
        });
        return new Outcome(await running.WaitAsync(Patience), output.ToString(), errors.ToString());
    }

    /// <summary>The console, which hears everybody but a command that is run here; that one is written down.</summary>
    private sealed class Ear(TextWriter console, AsyncLocal<TextWriter?> command) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => console.Encoding;

        public override void Write(char value) => (command.Value ?? console).Write(value);

        public override void Write(char[] buffer, int index, int count) =>
            (command.Value ?? console).Write(buffer, index, count);

        public override void Write(string? value) => (command.Value ?? console).Write(value);

        public override void Flush() => console.Flush();
    }
}
