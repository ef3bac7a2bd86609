namespace SafetyCenter.Core.Secrets;

/// <summary>
/// CRC-32 as in IEEE 802.3, gzip and PNG (reflected, polynomial 0xEDB88320). The check value of "123456789" is
/// cbf43926. It recognises typing errors and look-alikes; it is no secret and proves nothing.
/// </summary>
public static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of characters that are all ASCII; each counts as one byte.</summary>
    public static uint Of(ReadOnlySpan<char> ascii) => Append(0, ascii);

    /// <summary>The checksum of an earlier text (given by its checksum) followed by more ASCII characters.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<char> ascii)
    {
        var register = ~checksum;
        foreach (var character in ascii)
        {
            register = Table[(byte)(register ^ character)] ^ (register >> 8);
        }

        return ~register;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var entry = index;
            for (var bit = 0; bit < 8; bit++)
            {
                entry = (entry & 1) == 0 ? entry >> 1 : 0xEDB88320 ^ (entry >> 1);
            }

            table[index] = entry;
        }

        return table;
    }
}
