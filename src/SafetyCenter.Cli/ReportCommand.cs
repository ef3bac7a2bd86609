using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using SafetyCenter.Scanning;

namespace SafetyCenter.Cli;

/// <summary>
/// Tells SafetyCenter the hashes and places of what was found, so that it can say whose they are and raise alerts. Secrets never
/// leave the machine; SafetyCenter knows its own by their hashes.
/// </summary>
internal sealed class ReportCommand(ReportOptions options, Terminal terminal)
{
    private const int FindingsPerRequest = 1000;
    private const string Place = "api/v2/safety_center/leak_reports";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Sends what <c>scan</c> wrote. The exit code is that of the scan, because in a pipeline that one is lost.
    /// </summary>
    public int Run()
    {
        var findings = Read();
        Send(findings);
        return findings.Count > 0 ? CommandLine.Found : CommandLine.Nothing;
    }

    /// <summary>Sends findings, and says what became of them.</summary>
    public void Send(IReadOnlyList<Reported> findings)
    {
        // A redirection would carry the token to wherever it points.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = Patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        var (matched, raised) = (0, 0);
        foreach (var some in findings.Chunk(FindingsPerRequest))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Base(options.Server), Place));
            request.Content = new ByteArrayContent(Body(some));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = client.Send(request);
            if (response.StatusCode != HttpStatusCode.Accepted)
            {
                throw new HttpRequestException(
                    $"{options.Server} did not take the report: {(int)response.StatusCode} {response.ReasonPhrase}."
                    + (response.StatusCode == HttpStatusCode.Unauthorized ? " Is the reporting token right?" : ""));
            }

            using var answer = JsonDocument.Parse(response.Content.ReadAsStream());
            var data = answer.RootElement.GetProperty("data");
            matched += data.GetProperty("matched").GetInt32();
            raised += data.GetProperty("raised").GetInt32();
        }

        terminal.Error.WriteLine($"Reported {findings.Count} findings: {matched} are known there, {raised} alerts were raised.");
    }

    private static Uri Base(Uri server) => server.AbsolutePath.EndsWith('/') ? server : new Uri(server + "/");

    private List<Reported> Read()
    {
        try
        {
            using var file = options.File is { } path
                ? File.OpenRead(Path.Combine(terminal.WorkingFolder, path))
                : terminal.Input;
            using var document = JsonDocument.Parse(file);
            return [.. document.RootElement.GetProperty("findings").EnumerateArray().Select(Reported.Of)];
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UsageException("This is not what safetycenter scan --format json writes.");
        }
    }

    private byte[] Body(Reported[] findings)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("tool", "safetycenter");
            json.WriteString("repository", options.Repository);
            json.WriteBoolean("public", options.IsPublic);
            json.WriteStartArray("findings");
            foreach (var finding in findings)
            {
                finding.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return memory.ToArray();
    }
}

/// <summary>What is told of a finding: all but the secret.</summary>
internal sealed record Reported(string Sha256, string Kind, string Path, int Line, string? Commit)
{
    /// <summary>From what was just found.</summary>
    public static Reported Of(Finding finding) => new(
        finding.Found.Hash.ToString(), Kinds.Name(finding.Found.Kind), finding.Path, finding.Found.Line, finding.Commit);

    /// <summary>From what <c>scan --format json</c> wrote.</summary>
    public static Reported Of(JsonElement finding) => new(
        finding.GetProperty("sha256").GetString()!,
        finding.GetProperty("kind").GetString()!,
        finding.GetProperty("path").GetString()!,
        finding.GetProperty("line").GetInt32(),
        finding.TryGetProperty("commit", out var commit) ? commit.GetString() : null);

    /// <summary>As the request has it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("sha256", Sha256);
        json.WriteString("kind", Kind);
        json.WriteString("path", Path);
        json.WriteNumber("line", Line);
        if (Commit is not null)
        {
            json.WriteString("commit", Commit);
        }

        json.WriteEndObject();
    }
}
