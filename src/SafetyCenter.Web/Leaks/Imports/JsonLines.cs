using System.Text.Json;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// Reads a file with one JSON object per line. Lines of another kind, such as a log that ran into the same file, are passed over.
/// </summary>
internal sealed class JsonLines(ReportBytes bytes, JsonWalk walk, ReportReader reader) : Pieces(bytes)
{
    /// <summary>Whether a line begins as an object does.</summary>
    public static bool IsObject(ReadOnlySpan<byte> line) => line.TrimStart(" \t\r"u8).StartsWith("{"u8);

    /// <inheritdoc />
    protected override bool Walk(Func<bool> isFull)
    {
        while (true)
        {
            var length = Rest.IndexOf((byte)'\n');
            if (length < 0 && (!IsAtEnd || Rest.IsEmpty))
            {
                return false;
            }

            var line = length < 0 ? Rest : Rest[..length];
            Start += length < 0 ? line.Length : length + 1;
            Take(line);
            if (isFull())
            {
                return true;
            }
        }
    }

    /// <inheritdoc />
    protected override async ValueTask ThrowAwayAsync(CancellationToken cancellationToken)
    {
        if (IsObject(Rest))
        {
            reader.Abandon();
        }

        do
        {
            await RefillAsync(room: 0, cancellationToken);
        }
        while (!Rest.Contains((byte)'\n') && !IsAtEnd);
        Start += Rest.IndexOf((byte)'\n') + 1;
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (!IsObject(line))
        {
            return;
        }

        try
        {
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
                walk.Take(ref json, isCut: false);
            }
        }
        catch (JsonException)
        {
            walk.Restart();
            reader.Abandon();
        }
    }
}
