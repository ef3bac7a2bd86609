namespace SafetyCenter.Scanning.Git;

/// <summary>One object's content. Whoever has it closes it, and what they left unread is skipped.</summary>
internal sealed class GitBody(Stream source, long length, Action whenThrough) : OneWayStream
{
    private long _left = length;
    private bool _through;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, _left);
        if (wanted == 0)
        {
            return 0;
        }

        var read = source.Read(buffer[..wanted]);
        _left -= read;
        return read > 0 ? read : throw new EndOfStreamException("The git program stopped before the end.");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_through)
        {
            _through = true;
            try
            {
                CopyTo(Null);
            }
            finally
            {
                whenThrough();
            }
        }

        base.Dispose(disposing);
    }
}
