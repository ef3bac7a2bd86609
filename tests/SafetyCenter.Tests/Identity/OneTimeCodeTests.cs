using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Identity;

/// <summary>RFC 6238: which code it is, and when it is good.</summary>
public sealed class OneTimeCodeTests
{
    // "12345678901234567890", as in the appendix.
    private static readonly AuthenticatorKey Key = new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_234_567_890);
    private static readonly long Step = OneTimeCode.StepAt(Now);

    [Theory]
    [InlineData(59, "94287082")]
    [InlineData(1_111_111_109, "07081804")]
    [InlineData(1_111_111_111, "14050471")]
    [InlineData(1_234_567_890, "89005924")]
    [InlineData(2_000_000_000, "69279037")]
    [InlineData(20_000_000_000, "65353130")]
    public void Codes_are_those_of_appendix_B_and_we_show_the_last_six_digits(long seconds, string eightDigits) =>
        Assert.Equal(
            eightDigits[^6..], OneTimeCode.Of(Key, OneTimeCode.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_clock_may_be_one_step_off_and_no_more(int steps, bool isGood) => Assert.Equal(
        isGood ? Step + steps : null, OneTimeCode.StepOf(Key, OneTimeCode.Of(Key, Step + steps), lastStep: null, Now));

    [Fact]
    public void Neither_the_last_code_that_was_taken_nor_an_older_one_is_good_again()
    {
        Assert.Null(OneTimeCode.StepOf(Key, OneTimeCode.Of(Key, Step), lastStep: Step, Now));
        Assert.Null(OneTimeCode.StepOf(Key, OneTimeCode.Of(Key, Step - 1), lastStep: Step, Now));
        Assert.Equal(Step + 1, OneTimeCode.StepOf(Key, OneTimeCode.Of(Key, Step + 1), lastStep: Step, Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00592")]
    [InlineData("0059245")]
    [InlineData("٠٠٥٩٢٤")]
    public void What_is_no_code_is_no_code(string typed) => Assert.Null(OneTimeCode.StepOf(Key, typed, null, Now));

    [Fact]
    public void Two_keys_differ_and_are_of_160_bits()
    {
        Assert.NotEqual(AuthenticatorKey.New().Text, AuthenticatorKey.New().Text);
        Assert.Equal(20, AuthenticatorKey.New().ToBytes().Length);
    }

    [Fact]
    public void The_app_is_told_whose_key_it_is_and_how_codes_are_made() => Assert.Equal(
        $"otpauth://totp/SafetyCenter:ann%2Bme%40acme.example?secret={Key.Text}&issuer=SafetyCenter"
            + "&algorithm=SHA1&digits=6&period=30",
        Key.ToUri("ann+me@acme.example"));

    [Fact]
    public void A_recovery_code_may_be_typed_as_it_is_read()
    {
        var code = RecoveryCode.New();
        Assert.Matches("^[a-z2-9]{4}(-[a-z2-9]{4}){3}$", code);
        Assert.Equal(RecoveryCode.HashOf(code), RecoveryCode.HashOf($" {code.Replace('-', ' ').ToUpperInvariant()}"));
        Assert.NotEqual(RecoveryCode.HashOf(code), RecoveryCode.HashOf(RecoveryCode.New()));
    }
}
