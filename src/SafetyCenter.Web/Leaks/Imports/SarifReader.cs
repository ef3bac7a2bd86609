namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// SARIF 2.1.0, of any tool. A secret may stand in the snippet of a place or in the message; of our own scanner, there is its
/// hash. Results that are suppressed or gone are left out.
/// </summary>
internal sealed class SarifReader(Tally tally) : ReportReader(tally)
{
    private const int BasesMax = 1000;
    private const int BaseDepthMax = 5;

    // A secret that stands in more places is known well enough.
    private const int PlacesMax = 10_000;

    private const string Run = "runs[]";
    private const string BaseUri = Run + ".originalUriBaseIds.*.uri";
    private const string BaseOfBase = Run + ".originalUriBaseIds.*.uriBaseId";
    private const string Repository = Run + ".versionControlProvenance[].repositoryUri";
    private const string Revision = Run + ".versionControlProvenance[].revisionId";
    private const string Result = Run + ".results[]";
    private const string Message = Result + ".message.text";
    private const string Baseline = Result + ".baselineState";
    private const string Suppression = Result + ".suppressions[]";
    private const string SuppressionStatus = Suppression + ".status";
    private const string Fingerprint = Result + ".partialFingerprints.*";
    private const string Place = Result + ".locations[]";
    private const string Uri = Place + ".physicalLocation.artifactLocation.uri";
    private const string UriBase = Place + ".physicalLocation.artifactLocation.uriBaseId";
    private const string Line = Place + ".physicalLocation.region.startLine";
    private const string Snippet = Place + ".physicalLocation.region.snippet.text";
    private const string Context = Place + ".physicalLocation.contextRegion.snippet.text";

    private readonly Dictionary<string, (string? Uri, string? Of)> _bases = [];
    private readonly List<(Sight Sight, string? Uri, string? Base)> _places = [];
    private Sight _result = tally.Begin();
    private (string? Uri, string? Base) _uri;
    private (string? Repository, string? Revision) _source;
    private (bool Any, bool Refused, bool IsRefused) _suppressed;
    private bool _isGone;

    /// <inheritdoc />
    public override IReadOnlyList<string> Paths { get; } =
    [
        Run, BaseUri, BaseOfBase, Repository, Revision, Result, Message, Baseline, Suppression, SuppressionStatus, Fingerprint,
        Place, Uri, UriBase, Line, Snippet, Context,
    ];

    /// <inheritdoc />
    public override void Value(string path, string name, string text)
    {
        switch (path)
        {
            case BaseUri when _bases.Count < BasesMax:
                _bases[name] = (text, _bases.GetValueOrDefault(name).Of);
                break;
            case BaseOfBase when _bases.Count < BasesMax:
                _bases[name] = (_bases.GetValueOrDefault(name).Uri, text);
                break;
            case Repository:
                _source.Repository ??= text;
                break;
            case Revision:
                _source.Revision ??= text;
                break;
            case Message:
                _result.Glance(text);
                break;
            case Baseline:
                _isGone = text == "absent";
                break;
            case SuppressionStatus:
                _suppressed.IsRefused = text is "rejected" or "underReview";
                break;
            case Fingerprint when name == "commitSha":
                _result.Commit = text.Length == 0 ? null : text;
                break;
            case Fingerprint when name.Contains("sha256", StringComparison.OrdinalIgnoreCase):
                _result.SetHash(text);
                break;
            case Uri:
                _uri.Uri = text;
                break;
            case UriBase:
                _uri.Base = text;
                break;
            case Line:
                Sight.SetLine(text);
                break;
            case Snippet:
                Sight.Look(text);
                break;
            case Context:
                Sight.Glance(text);
                break;
        }
    }

    /// <inheritdoc />
    public override void End(string path)
    {
        switch (path)
        {
            case Suppression:
                _suppressed = (true, _suppressed.Refused || _suppressed.IsRefused, false);
                break;
            case Place:
                if (_places.Count < PlacesMax)
                {
                    _places.Add((Sight, _uri.Uri, _uri.Base));
                }

                _uri = default;
                Forget();
                break;
            case Result:
                EndResult();
                break;
            case Run:
                _bases.Clear();
                _source = default;
                break;
        }
    }

    private void EndResult()
    {
        if (_isGone || _suppressed is { Any: true, Refused: false })
        {
            Tally.Skip();
        }
        else
        {
            if (_places.Count == 0)
            {
                _places.Add((Tally.Begin(), null, null));
            }

            foreach (var (place, uri, of) in _places)
            {
                place.TakeFrom(_result);
                place.Repository = _source.Repository;
                place.Commit ??= _source.Revision;
                Locate(place, uri, of);
                Tally.Add(place);
            }
        }

        _places.Clear();
        _result = Tally.Begin();
        _suppressed = default;
        _isGone = false;
        Forget();
    }

    // A base on the web makes a link; one on somebody's disk says less than the path within the repository.
    private void Locate(Sight place, string? uri, string? of)
    {
        var path = System.Uri.UnescapeDataString(uri ?? "");
        var full = uri ?? "";
        for (var depth = 0; depth < BaseDepthMax && of is not null && _bases.TryGetValue(of, out var known); depth++)
        {
            full = known.Uri is not { } above || full.Contains("://", StringComparison.Ordinal) ? full
                : above.EndsWith('/') ? above + full
                : $"{above}/{full}";
            of = known.Of;
        }

        // Only one on the web is taken for one.
        place.Link = place.Line is { } line ? $"{full}#L{line}" : full;
        place.Path = full == uri || _source.Repository is not null ? path : FileOf(full);
    }

    private static string FileOf(string full) =>
        System.Uri.TryCreate(full, UriKind.Absolute, out var file) && file.IsFile
            ? file.LocalPath
            : System.Uri.UnescapeDataString(full);
}
