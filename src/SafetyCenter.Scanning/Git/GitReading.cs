using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;

namespace SafetyCenter.Scanning.Git;

/// <summary>
/// The contents of objects on their way from git to several workers, each named by its hash. Small ones are held, two for
/// each worker; a big one is read straight from git, and the next comes when it is through.
/// </summary>
internal sealed class GitReading(GitProcess contents, CancellationToken stopped) : IScanSource, IDisposable
{
    /// <summary>Most contents are far smaller, and some of this size fit in any memory.</summary>
    public const int MostHeld = 1024 * 1024;

    private readonly ConcurrentQueue<GitObject> _asked = new();
    private readonly ConcurrentDictionary<string, GitObject> _open = new();
    private readonly BlockingCollection<ScanInput> _ready = new(2 * Environment.ProcessorCount);
    private long _objects;
    private long _bytes;
    private long _missing;

    /// <summary>What was gone over.</summary>
    public GitTotals Totals => new(_objects, _bytes, _missing);

    /// <summary>Asks for the content of all but trees. What was asked for and not yet answered fits in two pipes.</summary>
    public void AskFor(GitOutput list)
    {
        using var requests = new BufferedStream(contents.Input, 4096);
        while (list.TryReadTo((byte)'\n', out var line))
        {
            if (line[(line.IndexOf((byte)' ') + 1)..].SequenceEqual("missing"u8))
            {
                _missing++;
            }
            else if (ReadHeader(line) is { } asked)
            {
                _asked.Enqueue(asked);
                requests.Write(Encoding.ASCII.GetBytes(asked.Id));
                requests.WriteByte((byte)'\n');
            }
        }
    }

    /// <summary>Hands on what git answers, in the order it was asked for.</summary>
    public void Receive()
    {
        var output = new GitOutput(contents.Output);
        Span<byte> lineBreak = stackalloc byte[1];
        while (output.TryReadTo((byte)'\n', out var header))
        {
            if (!_asked.TryDequeue(out var next) || !header.StartsWith(Encoding.ASCII.GetBytes(next.Id)))
            {
                throw new InvalidDataException("The git program answered what it was not asked for.");
            }

            _objects++;
            _bytes += next.Size;
            Hand(next, output);
            output.ReadExactly(lineBreak);
        }

        _ready.CompleteAdding();
    }

    /// <inheritdoc/>
    public ScanInput? Next(CancellationToken cancellation)
    {
        try
        {
            return _ready.TryTake(out var next, Timeout.Infinite, cancellation) ? next : null;
        }
        catch (OperationCanceledException)
        {
            // A worker needs to know no more than that it is over.
            return null;
        }
    }

    /// <summary>The object that a worker reads now and found something in, at a path that begins with its label.</summary>
    public GitObject BeingRead(string path) => _open[path[..path.IndexOf('/')]];

    /// <inheritdoc/>
    public void Dispose() => _ready.Dispose();

    private void Hand(GitObject next, GitOutput output)
    {
        _open[next.Id] = next;
        if (next.Size <= MostHeld)
        {
            var content = ArrayPool<byte>.Shared.Rent((int)next.Size);
            output.ReadExactly(content.AsSpan(0, (int)next.Size));
            Offer(next, new HeldContent(content, (int)next.Size, () =>
            {
                _open.TryRemove(next.Id, out _);
                ArrayPool<byte>.Shared.Return(content);
            }));
            return;
        }

        using var through = new ManualResetEventSlim();
        Offer(next, new GitBody(output, next.Size, () =>
        {
            _open.TryRemove(next.Id, out _);
            through.Set();
        }));
        through.Wait(stopped);
    }

    private void Offer(GitObject next, Stream content) =>
        _ready.Add(new ScanInput(next.Label, Commit: null, () => content), stopped);

    /// <summary>A line <c>HASH KIND SIZE NAME</c>; nothing for trees.</summary>
    private static GitObject? ReadHeader(ReadOnlySpan<byte> line)
    {
        var kindAt = line.IndexOf((byte)' ') + 1;
        var sizeAt = kindAt + line[kindAt..].IndexOf((byte)' ') + 1;
        GitObjectKind? kind = line[kindAt] switch
        {
            (byte)'b' => GitObjectKind.Blob,
            (byte)'c' => GitObjectKind.Commit,
            (byte)'t' when line[kindAt + 1] == (byte)'a' => GitObjectKind.Tag,
            _ => null,
        };
        return kind is { } known && Utf8Parser.TryParse(line[sizeAt..], out long size, out var digits)
            ? new GitObject(
                Encoding.ASCII.GetString(line[..(kindAt - 1)]),
                known,
                size,
                Encoding.UTF8.GetString(line[Math.Min(line.Length, sizeAt + digits + 1)..]))
            : null;
    }

    // One can go back in it, which a file that only looks like an archive needs.
    private sealed class HeldContent(byte[] rented, int length, Action whenThrough)
        : MemoryStream(rented, 0, length, writable: false)
    {
        private bool _isThrough;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (!_isThrough)
            {
                _isThrough = true;
                whenThrough();
            }
        }
    }
}
