namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>The JSON report of TruffleHog: an object per line, or an array of them. Its log may stand between.</summary>
internal sealed class TruffleHogReader(Tally tally) : ReportReader(tally)
{
    private const string Place = "SourceMetadata.Data.*.";

    private static readonly string[] OfFinding =
    [
        "DetectorName", "Raw", "RawV2", Place + "file", Place + "line", Place + "commit", Place + "repository", Place + "link",
    ];

    // A line of the log is an object, too.
    private bool _isFinding;

    /// <inheritdoc />
    public override IReadOnlyList<string> Paths { get; } =
        ["", "[]", .. OfFinding, .. OfFinding.Select(path => "[]." + path)];

    /// <inheritdoc />
    public override void Value(string path, string name, string text)
    {
        _isFinding = true;
        switch (path[(path.LastIndexOf('.') + 1)..])
        {
            case "Raw" or "RawV2":
                Sight.Look(text);
                break;
            case "file":
                Sight.Path = text;
                break;
            case "line":
                Sight.SetLine(text);
                break;
            case "commit":
                Sight.Commit = text.Length == 0 ? null : text;
                break;
            case "repository":
                Sight.Repository = text;
                break;
            case "link":
                Sight.Link = text;
                break;
        }
    }

    /// <inheritdoc />
    public override void End(string path)
    {
        if (_isFinding)
        {
            Close();
        }
        else
        {
            Forget();
        }

        _isFinding = false;
    }
}
