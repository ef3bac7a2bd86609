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
    // What the server takes at once; it takes 4 MiB, and no finding is longer than the half that is left over here.
    private const int FindingsPerRequest = 1000;
    private const int BytesPerRequest = 2 * 1024 * 1024;
    private const int TriesMax = 5;
    private const string Place = "api/v2/safety_center/leak_reports";

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
        using var client = new HttpClient(handler) { Timeout = terminal.Patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        var (matched, raised) = (0, 0);
        foreach (var body in Bodies(findings))
        {
            using var response = Send(client, body);
            using var answer = JsonDocument.Parse(response.Content.ReadAsStream());
            var data = answer.RootElement.GetProperty("data");
            matched += data.GetProperty("matched").GetInt32();
            raised += data.GetProperty("raised").GetInt32();
        }

        terminal.Error.WriteLine($"Findings reported: {findings.Count}; known there: {matched}; alerts raised: {raised}.");
    }

    // It says so when it is asked too often, or cannot answer just now.
    private HttpResponseMessage Send(HttpClient client, byte[] body)
    {
        for (var tries = 1; ; tries++)
        {
            var response = Post(client, body);
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                return response;
            }

            using (response)
            {
                if (tries == TriesMax || WaitOf(response) is not { } wait)
                {
                    throw new HttpRequestException(
                        $"{options.Server} did not take the report: {(int)response.StatusCode} {response.ReasonPhrase}."
                        + SentenceOf(response));
                }

                terminal.Wait(wait);
            }
        }
    }

    private HttpResponseMessage Post(HttpClient client, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Base(options.Server), Place));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            return client.Send(request);
        }
        catch (TaskCanceledException late)
        {
            throw new HttpRequestException($"{options.Server} did not answer in time.", late);
        }
    }

    private TimeSpan? WaitOf(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
        && response.Headers.RetryAfter?.Delta is { } wait && wait <= terminal.Patience
            ? wait
            : null;

    // Why, if it says so; who answers may also be somebody between us.
    private static string SentenceOf(HttpResponseMessage response)
    {
        try
        {
            using var answer = JsonDocument.Parse(response.Content.ReadAsStream());
            return $" {TextResults.Printable($"{answer.RootElement.GetProperty("errors").EnumerateArray().First()}")}";
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return response.StatusCode == HttpStatusCode.Unauthorized ? " Is the reporting token right?" : "";
        }
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

    private IEnumerable<byte[]> Bodies(IReadOnlyList<Reported> findings)
    {
        for (var next = 0; next < findings.Count;)
        {
            using var memory = new MemoryStream();
            using (var json = new Utf8JsonWriter(memory))
            {
                json.WriteStartObject();
                json.WriteString("tool", "safetycenter");
                json.WriteString("repository", options.Repository);
                json.WriteBoolean("public", options.IsPublic);
                json.WriteStartArray("findings");
                var end = Math.Min(findings.Count, next + FindingsPerRequest);
                while (next < end && json.BytesCommitted + json.BytesPending < BytesPerRequest)
                {
                    findings[next++].Write(json);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            yield return memory.ToArray();
        }
    }
}

/// <summary>What is told of a finding: all but the secret.</summary>
internal sealed record Reported(string Sha256, string Kind, string Path, int Line, string? Commit)
{
    // What the server takes; in an archive, names may be longer.
    private const int PathLengthMax = 4096;

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
        json.WriteString("path", Beginning(Path));
        json.WriteNumber("line", Line);
        if (Commit is not null)
        {
            json.WriteString("commit", Commit);
        }

        json.WriteEndObject();
    }

    private static string Beginning(string path) => path.Length <= PathLengthMax
        ? path
        : path[..(char.IsHighSurrogate(path[PathLengthMax - 1]) ? PathLengthMax - 1 : PathLengthMax)];
}
