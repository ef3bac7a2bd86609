using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Core.Secrets;

public class SecretHashTests
{
    private const string Hex = "9a45520a1213f15016d2d768b5fb3d904492a44ee274b44d4de8803e00fb536a";

    [Fact]
    public void A_hash_is_SHA_256_of_the_UTF_8_text() => Assert.Equal(Hex, SecretHash.Of("some_token").ToString());

    [Fact]
    public void A_hash_survives_the_database()
    {
        var stored = SecretHash.Of("some_token").ToArray();

        Assert.Equal(Convert.FromHexString(Hex), stored);
        Assert.Equal(SecretHash.Of("some_token"), new SecretHash(stored));
    }

    [Fact]
    public void Equal_hashes_find_each_other_in_a_dictionary()
    {
        var counts = new Dictionary<SecretHash, int> { [SecretHash.Of("a")] = 1 };

        Assert.True(counts.ContainsKey(SecretHash.Of("a")));
        Assert.False(counts.ContainsKey(SecretHash.Of("b")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(31)]
    public void One_changed_byte_anywhere_makes_another_hash(int place)
    {
        var bytes = SecretHash.Of("some_token").ToArray();
        bytes[place] ^= 1;

        Assert.True(new SecretHash(bytes) != SecretHash.Of("some_token"));
        Assert.False(new SecretHash(bytes) == SecretHash.Of("some_token"));
        Assert.False(new SecretHash(bytes).Equals((object)SecretHash.Of("some_token")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Anything_but_32_bytes_is_no_hash(int length) =>
        Assert.Throws<ArgumentException>(() => new SecretHash(new byte[length]));
}
