namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>The JSON reports of Kingfisher: objects with a list of findings, or a finding per line.</summary>
internal sealed class KingfisherReader(Tally tally) : ReportReader(tally)
{
    private const string Finding = "findings[]";

    private static readonly string[] OfFinding =
    [
        "finding.snippet", "finding.path", "finding.line", "finding.git_metadata.commit.id",
        "finding.git_metadata.repository_url",
    ];

    private bool _isFinding;

    /// <inheritdoc />
    public override IReadOnlyList<string> Paths { get; } =
        ["", Finding, .. OfFinding, .. OfFinding.Select(path => $"{Finding}.{path}")];

    /// <inheritdoc />
    public override void Value(string path, string name, string text)
    {
        _isFinding = true;
        switch (path[(path.LastIndexOf('.') + 1)..])
        {
            case "snippet":
                Sight.Look(text);
                break;
            case "path":
                Sight.Path = text;
                break;
            case "line":
                Sight.SetLine(text);
                break;
            case "id":
                Sight.Commit = text;
                break;
            case "repository_url":
                Sight.Repository = text;
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

        _isFinding = false;
    }
}
