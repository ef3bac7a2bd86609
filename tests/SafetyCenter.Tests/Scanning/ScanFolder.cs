using System.Text;
using System.Text.Json;
using SafetyCenter.Cli;

namespace SafetyCenter.Tests.Scanning;

/// <summary>A folder of its own, with what somebody put there, and the command run in it.</summary>
internal sealed class ScanFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("scan-").FullName;

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What happens while the command waits.</summary>
    public Action<TimeSpan> Wait { get; set; } = wait => Assert.Fail($"Nobody should wait {wait}.");

    /// <summary>How long it waits for an answer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Runs the command and answers with its exit code.</summary>
    public int Run(params string[] arguments) => Run(new MemoryStream(), arguments);

    public int Run(Stream input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.Run(arguments, new Terminal(input, output, error)
        {
            WorkingFolder = Path,
            Variable = name => Variables.GetValueOrDefault(name),
            Wait = Wait,
            Patience = Patience,
        });
        (Output, Error) = (output.ToString(), error.ToString());
        return code;
    }

    /// <summary>Where <c>scan . --format json</c> finds something.</summary>
    public List<string> Places(params string[] arguments)
    {
        var code = Run(["scan", .. arguments.Length > 0 ? arguments : ["."], "--format", "json"]);
        var places = Json.GetProperty("findings").EnumerateArray()
            .Select(finding => finding.GetProperty("path").GetString()!).ToList();
        Assert.Equal(places.Count > 0 ? CommandLine.Found : CommandLine.Nothing, code);
        return places;
    }

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
