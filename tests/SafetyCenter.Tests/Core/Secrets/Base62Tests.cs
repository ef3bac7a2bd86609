using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Core.Secrets;

public class Base62Tests
{
    [Fact]
    public void GitHubs_published_expired_token_ends_in_its_checksum() =>
        Assert.True(Base62.EndsInChecksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"));

    [Fact]
    public void One_changed_character_breaks_the_checksum() =>
        Assert.False(Base62.EndsInChecksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18"));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("00000")]
    public void A_text_shorter_than_a_checksum_has_none(string text) => Assert.False(Base62.EndsInChecksum(text));

    [Fact]
    public void The_checksum_of_nothing_is_all_padding() => Assert.Equal("000000", Base62.WithChecksum(""));

    [Fact]
    public void A_padded_checksum_must_keep_its_zeros()
    {
        Assert.True(Base62.EndsInChecksum("LeakVector0000000000000007CA000p1k"));
        Assert.False(Base62.EndsInChecksum("LeakVector0000000000000007CAp1k"));
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000", "0000000000000000000000")]
    [InlineData("00000000-0000-0000-0000-00000000003d", "000000000000000000000z")]
    [InlineData("00000000-0000-0000-0000-00000000003e", "0000000000000000000010")]
    [InlineData("01020304-0506-0708-090a-0b0c0d0e0f10", "01tuWckR0Qgud2DqqiTysq")]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff", "7n42DGM5Tflk9n8mt7Fhc7")]
    public void An_id_is_a_big_endian_number_in_22_digits(string id, string digits) =>
        Assert.Equal(digits, Base62.Of(Guid.Parse(id)));
}
