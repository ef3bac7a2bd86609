using System.IO.Enumeration;

namespace SafetyCenter.Scanning;

/// <summary>
/// The files that paths lead to, folders with all below them: hidden ones too, <c>.git</c> folders not, symbolic links not
/// followed. <c>.safetycenterignore</c> is obeyed from the working folder down.
/// </summary>
public sealed class FileSource : IScanSource
{
    private readonly Lock _gate = new();
    private readonly IgnoreRules _here;
    private readonly IEnumerator<ScanInput> _inputs;

    /// <summary>The files that these paths lead to, seen from a working folder; <c>-</c> is the input that was given.</summary>
    public FileSource(IEnumerable<string> paths, string workingFolder, Stream standardInput)
    {
        _here = IgnoreRules.In(workingFolder, null);
        _inputs = paths
            .SelectMany(path => path == "-"
                ? [new ScanInput(path, null, () => standardInput) { Accepts = _here.Accepts }]
                : Walk(path, workingFolder))
            .GetEnumerator();
    }

    /// <inheritdoc/>
    public ScanInput? Next(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return _inputs.MoveNext() ? _inputs.Current : null;
        }
    }

    private IEnumerable<ScanInput> Walk(string path, string workingFolder)
    {
        var full = Path.GetFullPath(path, workingFolder);
        var rules = RulesAbove(full, workingFolder);
        if (rules is null || (full != workingFolder && rules.Ignores(full, Directory.Exists(full))))
        {
            return [];
        }

        return Directory.Exists(full)
            ? WalkFolder(path, full, full == workingFolder ? rules : IgnoreRules.In(full, rules))
            : [new ScanInput(path, null, () => Open(full)) { Accepts = rules.Accepts }];
    }

    /// <summary>What the folders between the working folder and this path say; null when one of them is ignored.</summary>
    private IgnoreRules? RulesAbove(string full, string workingFolder)
    {
        var rules = _here;
        var folder = workingFolder;
        var below = Path.GetRelativePath(workingFolder, full);
        if (below == "." || below.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(below))
        {
            return below == "." ? rules : IgnoreRules.None;
        }

        foreach (var name in below.Split(Path.DirectorySeparatorChar)[..^1])
        {
            folder = Path.Combine(folder, name);
            if (rules.Ignores(folder, isFolder: true))
            {
                return null;
            }

            rules = IgnoreRules.In(folder, rules);
        }

        return rules;
    }

    private static IEnumerable<ScanInput> WalkFolder(string shown, string folder, IgnoreRules rules)
    {
        var folders = new Stack<(string Shown, string Folder, IgnoreRules Rules)>([(shown == "." ? "" : shown, folder, rules)]);
        while (folders.TryPop(out var next))
        {
            foreach (var entry in Entries(next.Folder))
            {
                var path = Path.Join(next.Shown, entry.Name);
                var full = Path.Join(next.Folder, entry.Name);
                if (entry.Problem is { } problem)
                {
                    yield return new ScanInput(next.Shown, null, () => throw problem);
                }
                else if (entry.IsLink || next.Rules.Ignores(full, entry.IsFolder))
                {
                    continue;
                }
                else if (!entry.IsFolder)
                {
                    // A pipe would keep us waiting for whoever writes; it has no length, and neither has an empty file.
                    yield return new ScanInput(path, null, entry.Length == 0 ? () => Stream.Null : () => Open(full))
                    {
                        Accepts = next.Rules.Accepts,
                    };
                }
                else if (entry.Name != ".git")
                {
                    folders.Push((path, full, IgnoreRules.In(full, next.Rules)));
                }
            }
        }
    }

    private static FileContent Open(string path) =>
        new(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    private static IEnumerable<Entry> Entries(string folder)
    {
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        IEnumerator<Entry> entries;
        try
        {
            entries = new FileSystemEnumerable<Entry>(folder, Entry.Of, options).GetEnumerator();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [new Entry("", false, false, 0, problem)];
        }

        return Each(entries);

        static IEnumerable<Entry> Each(IEnumerator<Entry> entries)
        {
            using (entries)
            {
                while (entries.MoveNext())
                {
                    yield return entries.Current;
                }
            }
        }
    }

    private readonly record struct Entry(string Name, bool IsFolder, bool IsLink, long Length, Exception? Problem)
    {
        public static Entry Of(ref FileSystemEntry entry)
        {
            var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
            return new Entry(entry.FileName.ToString(), entry.IsDirectory, isLink, entry.IsDirectory ? 0 : entry.Length, null);
        }
    }
}
