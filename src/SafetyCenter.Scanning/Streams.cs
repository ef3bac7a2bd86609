using Microsoft.Win32.SafeHandles;

namespace SafetyCenter.Scanning;

/// <summary>A stream that can only be read, from its beginning to its end.</summary>
internal abstract class OneWayStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override int Read(Span<byte> buffer);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>What was read of a stream already, and the rest of it.</summary>
internal sealed class WholeStream(byte[] beginning, Stream rest) : OneWayStream
{
    private int _place;

    public override int Read(Span<byte> buffer)
    {
        if (_place == beginning.Length)
        {
            return rest.Read(buffer);
        }

        var count = Math.Min(buffer.Length, beginning.Length - _place);
        beginning.AsSpan(_place, count).CopyTo(buffer);
        _place += count;
        return count;
    }
}

/// <summary>The next bytes of a stream, and no more.</summary>
internal sealed class PartStream(Stream whole, long length) : OneWayStream
{
    private long _left = length;

    public override int Read(Span<byte> buffer)
    {
        var count = whole.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= count;
        return count;
    }

    /// <summary>Reads over whatever is left, and over the bytes that follow it.</summary>
    public void Skip(Span<byte> buffer, int following)
    {
        _left += following;
        while (_left > 0 && Read(buffer) > 0)
        {
        }
    }
}

/// <summary>A stream that refuses to give more than somebody is ready to read: a small archive may hold endless zeros.</summary>
internal sealed class BoundedStream(Stream whole, Allowance allowance) : OneWayStream
{
    public override int Read(Span<byte> buffer)
    {
        var count = whole.Read(buffer);
        allowance.Take(count);
        return count;
    }
}

/// <summary>How many bytes an archive may still give.</summary>
internal sealed class Allowance
{
    private readonly long _max;
    private long _left;

    public Allowance(long bytes) => (_max, _left) = (bytes, bytes);

    public void Take(long count)
    {
        _left -= count;
        if (_left < 0)
        {
            throw new InvalidDataException($"it holds more than the {_max >> 20} MiB that are read of an archive");
        }
    }
}

/// <summary>A file, read without what <see cref="FileStream"/> adds for those who write or wait.</summary>
internal sealed class FileContent(SafeFileHandle handle) : OneWayStream
{
    private long _position;

    public override bool CanSeek => true;

    public override long Length => RandomAccess.GetLength(handle);

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        var count = RandomAccess.Read(handle, buffer, _position);
        _position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    protected override void Dispose(bool disposing)
    {
        handle.Dispose();
        base.Dispose(disposing);
    }
}
