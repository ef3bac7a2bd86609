namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>The JSON report of gitleaks: an array of findings.</summary>
internal sealed class GitleaksReader(Tally tally) : ReportReader(tally)
{
    private const string Finding = "[]";

    /// <inheritdoc />
    public override IReadOnlyList<string> Paths { get; } =
        [Finding, "[].Secret", "[].Match", "[].File", "[].StartLine", "[].Commit", "[].Link"];

    /// <inheritdoc />
    public override void Value(string path, string name, string text)
    {
        switch (path)
        {
            // The match has more around the secret; where a rule says badly what is the secret, it is whole here.
            case "[].Secret" or "[].Match":
                Sight.Look(text);
                break;
            case "[].File":
                Sight.Path = text;
                break;
            case "[].StartLine":
                Sight.SetLine(text);
                break;
            case "[].Commit":
                Sight.Commit = text.Length == 0 ? null : text;
                break;
            case "[].Link":
                Sight.Link = text;
                break;
        }
    }

    /// <inheritdoc />
    public override void End(string path) => Close();
}
