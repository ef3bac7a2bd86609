using System.Text;

namespace SafetyCenter.Scanning.Git;

/// <summary>Which commits brought these contents in, read from the changes of each commit, the oldest first.</summary>
/// <remarks>
/// <code>
/// COMMIT \0
/// :MODE MODE OLD NEW LETTER \0 PATH \0
/// ::MODE MODE MODE OLD OLD NEW LETTERS \0 PATH \0        a merge, with a colon for each parent
/// </code>
/// </remarks>
internal sealed class GitPlaces
{
    /// <summary>So many places of one content are told, the oldest.</summary>
    public const int PlacesMax = 100;

    private const int MoreMax = 100_000;

    private readonly Dictionary<string, List<GitPlace>> _places = [];
    private int _more;

    /// <summary>Whether there is a content to look for.</summary>
    public bool AreWanted => _places.Count > 0;

    /// <summary>Wants to know where this stands.</summary>
    public void LookFor(GitObject wanted)
    {
        if (wanted.Kind == GitObjectKind.Blob)
        {
            _places.TryAdd(wanted.Id, []);
        }
    }

    /// <summary>Takes in what <c>git diff-tree --stdin -z</c> prints.</summary>
    public void Read(GitOutput changes)
    {
        var commit = "";
        while (changes.TryReadTo(0, out var piece))
        {
            if (piece.StartsWith(":"u8))
            {
                var content = New(piece);
                var path = changes.TryReadTo(0, out var name) ? name : [];
                if (_places.TryGetValue(content, out var known))
                {
                    Add(known, new GitPlace(Encoding.UTF8.GetString(path), commit));
                }
            }
            else
            {
                commit = Encoding.ASCII.GetString(piece);
            }
        }
    }

    /// <summary>
    /// Where it stands. A content that no commit has brought in (a tag may point to one) is told by the name it was
    /// come across.
    /// </summary>
    public IEnumerable<GitPlace> Of(GitObject found) => found.Kind switch
    {
        GitObjectKind.Commit => [new GitPlace("(commit message)", found.Id)],
        GitObjectKind.Tag => [new GitPlace($"(tag {found.Name})", found.Id)],
        _ when _places.GetValueOrDefault(found.Id) is { Count: > 0 } known => known,
        _ => [new GitPlace(found.Name, null)],
    };

    private static string New(ReadOnlySpan<byte> change)
    {
        var withoutLetters = change[..change.LastIndexOf((byte)' ')];
        return Encoding.ASCII.GetString(withoutLetters[(withoutLetters.LastIndexOf((byte)' ') + 1)..]);
    }

    private void Add(List<GitPlace> known, GitPlace place)
    {
        // The first place of a content always has room.
        var isFirst = known.Count == 0;
        if (isFirst || (known.Count < PlacesMax && _more < MoreMax && known.TrueForAll(other => other.Path != place.Path)))
        {
            _more += isFirst ? 0 : 1;
            known.Add(place);
        }
    }
}
