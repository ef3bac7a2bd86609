using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Core.Secrets;

public class Crc32Tests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xcbf43926u)]
    [InlineData("0123456789ABCDEFGHIJKLMNOPQR", 0xbe7f3388u)]
    [InlineData("abcdefghijklmnopqrstuvwxyz01", 0xf541e910u)]
    [InlineData("0000000000000000000000000000", 0x368d4796u)]
    public void The_checksum_is_the_one_of_IEEE(string text, uint checksum) =>
        Assert.Equal(checksum, Crc32.Of(text));

    [Fact]
    public void A_checksum_can_be_continued() =>
        Assert.Equal(Crc32.Of("123456789"), Crc32.Append(Crc32.Of("1234"), "56789"));
}
