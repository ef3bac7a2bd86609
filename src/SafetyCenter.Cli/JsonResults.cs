using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafetyCenter.Cli;

/// <summary>Findings for programs: hash, kind and place; never the secret.</summary>
internal static class JsonResults
{
    /// <summary>Text is for files and terminals, and not for web pages: quotes and non-ASCII letters stay readable.</summary>
    public static readonly JsonWriterOptions Readable = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes it.</summary>
    public static void Write(TextWriter writer, Results results) => Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("findings");
        foreach (var (path, commit, found) in results.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", Kinds.Name(found.Kind));
            json.WriteString("path", path);
            json.WriteNumber("line", found.Line);
            json.WriteNumber("column", found.Column);
            json.WriteString("last4", found.Last4);
            json.WriteString("sha256", found.Hash.ToString());
            json.WriteString("encoding", found.Encoding);
            if (commit is not null)
            {
                json.WriteString("commit", commit);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("files", results.Inputs);
        json.WriteNumber("bytes", results.Bytes);
        json.WriteEndObject();
    });

    /// <summary>Has somebody write JSON, and ends it with a line feed.</summary>
    public static void Write(TextWriter writer, Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Readable))
        {
            write(json);
        }

        writer.WriteLine(Encoding.UTF8.GetString(memory.GetBuffer().AsSpan(0, (int)memory.Length)));
    }
}
