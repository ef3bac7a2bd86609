using System.Text.Json;

namespace SafetyCenter.Cli;

/// <summary>
/// Findings as SARIF 2.1.0, with all that GitHub's code scanning asks for; the hash of the secret tells findings apart from run
/// to run.
/// </summary>
internal static class SarifResults
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    /// <summary>Writes it.</summary>
    public static void Write(TextWriter writer, Results results) => JsonResults.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteString("$schema", Schema);
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json);
        json.WriteString("columnKind", "unicodeCodePoints");
        json.WriteStartArray("results");
        foreach (var finding in results.Findings)
        {
            WriteResult(json, finding);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteTool(Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "safetycenter");
        json.WriteString("version", typeof(SarifResults).Assembly.GetName().Version!.ToString(3));
        json.WriteStartArray("rules");
        foreach (var (name, title, sentence, help) in Kinds.All)
        {
            json.WriteStartObject();
            json.WriteString("id", name);
            WriteText(json, "shortDescription", title);
            WriteText(json, "fullDescription", sentence);
            WriteText(json, "help", help);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Scanning.Finding finding)
    {
        var (path, commit, found) = finding;
        var name = Kinds.Name(found.Kind);
        json.WriteStartObject();
        json.WriteString("ruleId", name);
        json.WriteString("level", name == "client_token" ? "note" : "error");
        WriteText(json, "message", $"{Kinds.All.Single(kind => kind.Name == name).Sentence} It ends in {found.Last4}.");
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", Address(path));
        json.WriteEndObject();
        json.WriteStartObject("region");
        json.WriteNumber("startLine", found.Line);
        json.WriteNumber("startColumn", found.Column);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("partialFingerprints");
        json.WriteString("sha256/v1", found.Hash.ToString());
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("last4", found.Last4);
        json.WriteString("encoding", found.Encoding);
        if (commit is not null)
        {
            json.WriteString("commit", commit);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string Address(string path)
    {
        var address = string.Join('/', path.Split('/', '\\').Select(Uri.EscapeDataString));
        return path.StartsWith('/') ? $"file://{address}" : address;
    }
}
