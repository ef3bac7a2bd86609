using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Support;

/// <summary>Small pictures.</summary>
public static class Pictures
{
    // One white pixel, as libjpeg writes it, from behind its frame on: tables, a scan and the end.
    private const string JpegTail =
        "FFC4001F0000010501010101010100000000000000000102030405060708090A0BFFDA0008010100003F00D2CF20FFD9";

    /// <summary>A PNG file that says it is so large.</summary>
    public static byte[] Png(int width = 1, int height = 1)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        using var packed = new MemoryStream();
        using (var packing = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            packing.Write([0, 255]);
        }

        return
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A,
            .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, []),
        ];
    }

    /// <summary>A JPEG file that says it is so large.</summary>
    public static byte[] Jpeg(int width = 1, int height = 1) =>
    [
        0xFF, 0xD8,
        0xFF, 0xE0, 0, 16, (byte)'J', (byte)'F', (byte)'I', (byte)'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0,
        0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)1, 64),
        0xFF, 0xC0, 0, 11, 8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0,
        .. Convert.FromHexString(JpegTail),
    ];

    private static byte[] Chunk(ReadOnlySpan<byte> name, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        name.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(
            chunk.AsSpan(8 + data.Length), Crc32.Of(Encoding.Latin1.GetString(chunk, 4, 4 + data.Length)));
        return chunk;
    }
}
