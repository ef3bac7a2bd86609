namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// The JSON report of secretlint: an array of files, each with its messages. The file's whole content stands beside them, as
/// <c>sourceContent</c>; it is passed over.
/// </summary>
internal sealed class SecretlintReader(Tally tally) : ReportReader(tally)
{
    private const string File = "[]";
    private const string Message = "[].messages[]";

    private readonly List<Sight> _messages = [];
    private string? _path;

    /// <inheritdoc />
    public override IReadOnlyList<string> Paths { get; } =
    [
        File, "[].filePath", Message, "[].messages[].message", "[].messages[].data.*", "[].messages[].loc.start.line",
    ];

    /// <inheritdoc />
    public override void Value(string path, string name, string text)
    {
        switch (path)
        {
            case "[].filePath":
                _path = text;
                break;
            case "[].messages[].message" or "[].messages[].data.*":
                Sight.Look(text);
                break;
            case "[].messages[].loc.start.line":
                Sight.SetLine(text);
                break;
        }
    }

    /// <inheritdoc />
    public override void End(string path)
    {
        if (path == Message)
        {
            _messages.Add(Sight);
            Forget();
            return;
        }

        foreach (var message in _messages)
        {
            message.Path = _path;
            Tally.Add(message);
        }

        _messages.Clear();
        _path = null;
    }
}
