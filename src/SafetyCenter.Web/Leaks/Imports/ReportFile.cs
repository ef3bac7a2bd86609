using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>Reads the report file of a scanner to its end, whatever its length, in memory that does not grow.</summary>
internal static class ReportFile
{
    /// <summary>How many findings are taken at once.</summary>
    public const int BatchSize = 10_000;

    /// <summary>Reads it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="wanted">The form it has, when that was said.</param>
    /// <param name="tally">Counts, and collects what is to be looked for.</param>
    /// <param name="take">Takes what was collected; asked again and again.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The form it has.</returns>
    /// <exception cref="RefusedException">It is no report that can be read.</exception>
    /// <exception cref="BadHttpRequestException">It is too long (413).</exception>
    public static async Task<ImportFormat> ReadAsync(
        Stream file, ImportFormat? wanted, Tally tally, Func<ImportFormat, Task> take, CancellationToken cancellationToken)
    {
        var bytes = new ReportBytes(file);
        var head = await bytes.PeekAsync(cancellationToken);
        RefuseWhatIsNoText(head.Span);
        var found = ImportFormat.Of(head.Span);
        var format = wanted ?? found ?? (ImportFormat.IsEmptyList(head.Span) ? ImportFormat.All[0] : null)
            ?? throw RefusedException.Invalid(
                "This is no report that can be read here. These can: the JSON of gitleaks, TruffleHog, secretlint, Kingfisher "
                + "and safetycenter, and SARIF.",
                "file");
        if (found is not null && found != format)
        {
            throw RefusedException.Invalid($"This is a report of {found.Title}, not of {format.Title}.", "file");
        }

        var reader = format.Reader(tally);
        var walk = new JsonWalk(reader);
        Pieces pieces = format.IsInLines(head.Span) ? new JsonLines(bytes, walk, reader) : new JsonPieces(bytes, walk);
        try
        {
            while (await pieces.ReadAsync(() => tally.Items.Count >= BatchSize, cancellationToken))
            {
                await take(format);
            }
        }
        catch (JsonException)
        {
            throw RefusedException.Invalid("The file is not well-formed JSON, or it breaks off.", "file");
        }

        await take(format);
        return format;
    }

    private static void RefuseWhatIsNoText(ReadOnlySpan<byte> head)
    {
        if (head.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw RefusedException.Invalid("The file is empty. A report that found nothing has at least “[]” in it.", "file");
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])
            || head[..Math.Min(head.Length, 4)].Contains((byte)0))
        {
            throw RefusedException.Invalid("The file is in UTF-16. Save it as UTF-8, and send it again.", "file");
        }
    }
}
