namespace SafetyCenter.Scanning.Git;

/// <summary>
/// What was found in objects, held until git has been asked where these stand. So many are held, and so often git is asked: more
/// are nobody's slip, and are each told at once by the one name they were come across.
/// </summary>
/// <param name="find">Finds out where objects stand.</param>
/// <param name="found">Takes what is told.</param>
/// <param name="cancellation">Comes when nobody waits any more; what is held is told all the same.</param>
/// <param name="heldMax">How many are held.</param>
internal sealed class GitFindings(
    Action<GitPlaces> find, Action<Finding> found, CancellationToken cancellation, int heldMax = GitFindings.HeldMax)
{
    /// <summary>So many are held as a rule.</summary>
    public const int HeldMax = 10_000;

    /// <summary>So often git is asked: each time costs as much as the reading.</summary>
    public const int SearchesMax = 10;

    private readonly List<(GitObject Object, Finding Finding)> _held = [];
    private int _searches;

    /// <summary>Why git could not be asked; null as long as it could.</summary>
    public GitFailedException? Failure { get; private set; }

    /// <summary>Takes one in.</summary>
    public void Add(GitObject where, Finding finding)
    {
        _held.Add((where, finding));
        if (_held.Count == heldMax || _searches == SearchesMax)
        {
            Tell();
        }
    }

    /// <summary>Tells what is held.</summary>
    public void Tell()
    {
        var places = Search();
        foreach (var (where, finding) in _held)
        {
            // What was found inside an archive has the name of the member after that of the archive.
            var inside = finding.Path[where.Label.Length..];
            foreach (var place in places.Of(where))
            {
                found(finding with { Path = place.Path + inside, Commit = place.Commit });
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }
            }
        }

        _held.Clear();
    }

    private GitPlaces Search()
    {
        var places = new GitPlaces();
        if (_searches == SearchesMax || Failure is not null)
        {
            return places;
        }

        _held.ForEach(one => places.LookFor(one.Object));
        try
        {
            _searches += places.AreWanted ? 1 : 0;
            find(places);
        }
        catch (GitFailedException failure)
        {
            Failure = failure;
        }
        catch (OperationCanceledException)
        {
            // The reading ends with that, and says so itself.
        }

        return places;
    }
}
