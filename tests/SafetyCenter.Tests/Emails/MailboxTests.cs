using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Emails;

public sealed class MailboxTests
{
    [Theory]
    [InlineData("ann@example.test", "", "ann@example.test")]
    [InlineData(" ann+keys@example.test ", "", "ann+keys@example.test")]
    [InlineData("Ann Doe <ann@example.test>", "Ann Doe", "ann@example.test")]
    [InlineData("<ann@example.test>", "", "ann@example.test")]
    [InlineData("\"Doe, Ann <3\" <ann@example.test>", "Doe, Ann <3", "ann@example.test")]
    [InlineData("\"A \\\"B\\\" \\\\\" <ann@example.test>", "A \"B\" \\", "ann@example.test")]
    [InlineData("ann@bücher.example", "", "ann@xn--bcher-kva.example")]
    [InlineData("ann@localhost", "", "ann@localhost")]
    [InlineData("ann@[127.0.0.1]", "", "ann@[127.0.0.1]")]
    [InlineData("ann@[IPv6:::1]", "", "ann@[IPv6:::1]")]
    public void An_address_is_read(string text, string displayName, string address)
    {
        var mailbox = Mailbox.Parse(text);

        Assert.Equal((displayName, address), (mailbox.DisplayName, mailbox.Address));
        Assert.Equal(mailbox, Mailbox.Parse(mailbox.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("@example.test")]
    [InlineData("ann@")]
    [InlineData("ann@example..test")]
    [InlineData("ann@-example.test")]
    [InlineData("ann@exa_mple.test")]
    [InlineData("ann@[300.1.1.1]")]
    [InlineData("ann@[::1]")]
    [InlineData(".ann@example.test")]
    [InlineData("a b@example.test")]
    [InlineData("\"a b\"@example.test")]
    [InlineData("ann@example.test> SIZE=1")]
    [InlineData("ann@example.test>")]
    [InlineData("ann@example.test, bob@example.test")]
    [InlineData("ann@example.test, bob <bob@example.test>")]
    [InlineData("\"a\"b\" <ann@example.test>")]
    [InlineData("\"a\\\" <ann@example.test>")]
    [InlineData("ann@example.test\r\nRCPT TO:<eve@example.test>")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345@example.test")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Throws<FormatException>(() => Mailbox.Parse(text));

    [Fact]
    public void Letters_outside_ASCII_before_the_at_sign_are_refused_in_words()
    {
        var refusal = Assert.Throws<FormatException>(() => Mailbox.Parse("añn@example.test"));

        Assert.Contains("before the @", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_has_at_most_254_characters()
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('a', 62), 4));

        Assert.Equal(254, Mailbox.Parse($"an@{domain}").Address.Length);
        Assert.Throws<FormatException>(() => Mailbox.Parse($"ann@{domain}"));
    }
}
