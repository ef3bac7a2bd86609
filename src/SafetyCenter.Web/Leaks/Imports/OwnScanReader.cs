namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>What <c>safetycenter scan --format json</c> writes: hashes and places.</summary>
internal sealed class OwnScanReader(Tally tally) : ReportReader(tally)
{
    private const string Finding = "findings[]";

    /// <inheritdoc />
    public override IReadOnlyList<string> Paths { get; } =
        [Finding, "findings[].sha256", "findings[].path", "findings[].line", "findings[].commit"];

    /// <inheritdoc />
    public override void Value(string path, string name, string text)
    {
        switch (path)
        {
            case "findings[].sha256":
                Sight.SetHash(text);
                break;
            case "findings[].path":
                Sight.Path = text;
                break;
            case "findings[].line":
                Sight.SetLine(text);
                break;
            case "findings[].commit":
                Sight.Commit = text;
                break;
        }
    }

    /// <inheritdoc />
    public override void End(string path) => Close();
}
