using System.Text.Json;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>A form of report that can be imported.</summary>
/// <param name="Word">Its name in addresses and forms.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Marks">Paths that no other form has: one of them tells it.</param>
/// <param name="Reader">Makes a reader of it.</param>
internal sealed record ImportFormat(
    string Word, string Title, IReadOnlyList<string> Marks, Func<Tally, ReportReader> Reader)
{
    /// <summary>TruffleHog's, which is written line by line.</summary>
    public static readonly ImportFormat TruffleHog = new(
        "trufflehog", "TruffleHog", ["SourceMetadata", "[].SourceMetadata"], tally => new TruffleHogReader(tally));

    /// <summary>All of them. Of two whose marks are there, the first.</summary>
    public static readonly IReadOnlyList<ImportFormat> All =
    [
        new("gitleaks", "gitleaks", ["[].RuleID"], tally => new GitleaksReader(tally)),
        TruffleHog,
        new("secretlint", "secretlint", ["[].sourceContent"], tally => new SecretlintReader(tally)),
        new("sarif", "SARIF", ["runs"], tally => new SarifReader(tally)),
        new("kingfisher", "Kingfisher", ["finding", "findings[].finding"], tally => new KingfisherReader(tally)),
        new("safetycenter", "SafetyCenter", ["findings"], tally => new OwnScanReader(tally)),
    ];

    /// <summary>Which form a file has, by its beginning; null when it is none of them.</summary>
    /// <param name="head">The beginning.</param>
    public static ImportFormat? Of(ReadOnlySpan<byte> head)
    {
        var probe = new Probe();
        probe.Look(head);
        if (probe.Found is { } whole)
        {
            return whole;
        }

        // A log may stand before the first finding.
        foreach (var line in head.Split((byte)'\n'))
        {
            if (JsonLines.IsObject(head[line]))
            {
                probe.Look(head[line]);
            }
        }

        return probe.Found;
    }

    /// <summary>Whether a file of this form is read line by line.</summary>
    public bool IsInLines(ReadOnlySpan<byte> head) =>
        this == TruffleHog && !head.TrimStart(" \t\r\n"u8).StartsWith("[{"u8);

    /// <summary>Whether it is what most tools write when they have found nothing.</summary>
    public static bool IsEmptyList(ReadOnlySpan<byte> head)
    {
        var trimmed = head.Trim(" \t\r\n"u8);
        return trimmed.Length >= 2 && trimmed[0] == '[' && trimmed[^1] == ']' && trimmed[1..^1].Trim(" \t\r\n"u8).IsEmpty;
    }

    /// <summary>Looks for the marks.</summary>
    private sealed class Probe() : ReportReader(new Tally(new SecretFormat(), repository: null))
    {
        private readonly HashSet<string> _seen = [];

        public override IReadOnlyList<string> Paths { get; } = [.. All.SelectMany(format => format.Marks)];

        public ImportFormat? Found => All.FirstOrDefault(format => format.Marks.Any(_seen.Contains));

        public void Look(ReadOnlySpan<byte> head)
        {
            var walk = new JsonWalk(this);
            try
            {
                var json = new Utf8JsonReader(head, isFinalBlock: false, default);
                while (json.Read())
                {
                    walk.Take(ref json, isCut: false);
                }
            }
            catch (JsonException)
            {
                // Whatever this is, it ends here.
            }
        }

        public override void Named(string path) => _seen.Add(path);

        public override void Value(string path, string name, string text)
        {
        }

        public override void End(string path)
        {
        }
    }
}
