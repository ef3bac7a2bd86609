namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>Reads a report file piece by piece, so that its length costs no memory.</summary>
internal abstract class Pieces(ReportBytes bytes)
{
    /// <summary>The longest text or line that is read, in bytes.</summary>
    public const int LongestText = 1024 * 1024;

    private const int FirstLength = 64 * 1024;

    /// <summary>Reads on.</summary>
    /// <param name="isFull">Whether enough was found for now.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is no JSON, or breaks off.</exception>
    public async ValueTask<bool> ReadAsync(Func<bool> isFull, CancellationToken cancellationToken)
    {
        while (!Walk(isFull))
        {
            if (IsAtEnd)
            {
                return false;
            }

            if (End - Start >= LongestText)
            {
                await ThrowAwayAsync(cancellationToken);
            }
            else
            {
                await FillAsync(cancellationToken);
            }
        }

        return true;
    }

    /// <summary>What was read and not used yet stands in here.</summary>
    protected byte[] Buffer { get; private set; } = new byte[FirstLength];

    /// <summary>Where what was not used yet begins.</summary>
    protected int Start { get; set; }

    /// <summary>Where it ends.</summary>
    protected int End { get; private set; }

    /// <summary>Whether nothing more comes.</summary>
    protected bool IsAtEnd { get; private set; }

    /// <summary>What was not used yet.</summary>
    protected ReadOnlySpan<byte> Rest => Buffer.AsSpan(Start, End - Start);

    /// <summary>Goes as far as the bytes reach, or until enough was found; true for the latter.</summary>
    protected abstract bool Walk(Func<bool> isFull);

    /// <summary>Throws away what is too long, and goes on behind it.</summary>
    protected abstract ValueTask ThrowAwayAsync(CancellationToken cancellationToken);

    /// <summary>Forgets what is held, and reads what comes next.</summary>
    /// <param name="room">How many bytes to leave free before it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    protected async ValueTask RefillAsync(int room, CancellationToken cancellationToken)
    {
        (Start, End) = (room, room);
        await FetchAsync(cancellationToken);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        Rest.CopyTo(Buffer);
        (Start, End) = (0, End - Start);
        if (End == Buffer.Length)
        {
            var longer = new byte[Math.Min(2 * End, LongestText)];
            Rest.CopyTo(longer);
            Buffer = longer;
        }

        // As much again, or whoever sends a byte at a time has us look at the same ones all day.
        var enough = Math.Min(2 * End, Buffer.Length);
        do
        {
            await FetchAsync(cancellationToken);
        }
        while (End < enough && !IsAtEnd);
    }

    private async ValueTask FetchAsync(CancellationToken cancellationToken)
    {
        var count = await bytes.ReadAsync(Buffer.AsMemory(End), cancellationToken);
        End += count;
        IsAtEnd = count == 0;
    }
}
