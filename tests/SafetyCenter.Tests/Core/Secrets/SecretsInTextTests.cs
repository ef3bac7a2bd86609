using System.Diagnostics;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Core.Secrets;

public class SecretsInTextTests
{
    private const string ApplicationKey = "scapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu";
    private const string ApiKey = "00112233445566778899aabb66afda7e";

    private static readonly SecretFormat Format = new();
    private static readonly string AccessToken =
        Format.Mint(SecretKind.PersonalAccessToken, Guid.CreateVersion7()).Reveal();
    private static readonly string ClientToken = Format.Mint(SecretKind.ClientToken).Reveal();

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}\n")]
    [InlineData("{0}\r\n")]
    [InlineData("Bearer {0}")]
    [InlineData("X-Header-Bearer: {0}")]
    [InlineData("DD_API_KEY=\"{0}\"")]
    [InlineData("DD_API_KEY={0}")]
    [InlineData("KEY_{0}_OLD")]
    [InlineData("'{0}';")]
    [InlineData("?api_key%3D{0}%26x=1")]
    [InlineData("?api_key%3d{0}%26x=1")]
    [InlineData("api_key=3D{0}=20")]
    [InlineData("\"line one\\n{0}\\nline three\"")]
    [InlineData("\\u0022{0}\\u0022")]
    [InlineData("\\u003d{0}")]
    [InlineData("\\x3d{0}")]
    [InlineData("&quot;{0}&quot;")]
    [InlineData("\u00e9{0}\u00e9")]
    [InlineData("\ud83d\ude00{0}")]
    [InlineData("\ud83d{0}")]
    public void Case_56_a_secret_is_found_whatever_stands_around_it(string around)
    {
        Assert.All(
            [ApplicationKey, ApiKey, AccessToken, ClientToken],
            secret => Assert.Equal(
                secret,
                Assert.Single(Format.FindIn(around.Replace("{0}", secret, StringComparison.Ordinal))).Reveal()));
    }

    [Theory]
    [InlineData("0{0}")]
    [InlineData("{0}0")]
    [InlineData("a{0}")]
    [InlineData("{0}f")]
    [InlineData("x{0}")]
    [InlineData("{0}Z")]
    [InlineData("cafecafe{0}")]
    [InlineData("{0}cafecafe")]
    [InlineData("=x3D{0}")]
    [InlineData("%3{0}")]
    public void A_secret_inside_a_longer_word_is_none(string around)
    {
        Assert.All(
            [ApplicationKey, ApiKey, AccessToken, ClientToken],
            secret => Assert.Empty(Format.FindIn(around.Replace("{0}", secret, StringComparison.Ordinal))));
    }

    [Fact]
    public void Another_installations_longer_prefix_does_not_hide_one_of_ours() =>
        Assert.Empty(Format.FindIn("x" + ApplicationKey + " acme" + ApplicationKey));

    [Fact]
    public void Secrets_come_in_order_and_as_often_as_they_stand_there()
    {
        var text = $"{ApiKey},{ApplicationKey}_{ApiKey}\n{AccessToken}|{ClientToken}-{ApplicationKey}";

        Assert.Equal(
            [ApiKey, ApplicationKey, ApiKey, AccessToken, ClientToken, ApplicationKey],
            Format.FindIn(text).Select(secret => secret.Reveal()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no secret here")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e  an-md5-sum")]
    [InlineData("scapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uv")]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    public void A_text_without_secrets_has_none(string text) => Assert.Empty(Format.FindIn(text));

    [Theory]
    [InlineData("f")]
    [InlineData("pub")]
    [InlineData("scapp_")]
    [InlineData("scpat_0")]
    [InlineData("0123456789abcdef0123456789abcdef ")]
    [InlineData("Zz9")]
    public void Long_hostile_text_is_read_in_linear_time(string repeated)
    {
        var text = string.Concat(Enumerable.Repeat(repeated, 300_000 / repeated.Length)) + " " + ApiKey;
        var started = Stopwatch.GetTimestamp();

        Assert.Equal(ApiKey, Assert.Single(Format.FindIn(text)).Reveal());

        // Work that is quadratic in 300,000 characters takes minutes; linear work takes milliseconds.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }
}
