using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Core;

/// <summary>Which addresses are taken, and in which form they are kept.</summary>
public sealed class EmailAddressTests
{
    private static readonly string Local64 = new('a', 64);

    // 189 characters: the longest domain that leaves room for 64 before the @.
    private static readonly string Domain189 = string.Join('.', new string('b', 63), new string('c', 63), new string('d', 61));

    [Theory]
    [InlineData(" Ann@Acme.Example ", "ann@acme.example")]
    [InlineData("ann+keys@acme.example", "ann+keys@acme.example")]
    [InlineData("o'hara_{x}@acme.example", "o'hara_{x}@acme.example")]
    [InlineData("root@localhost", "root@localhost")]
    [InlineData("ann@bücher.example", "ann@xn--bcher-kva.example")]
    [InlineData("ann@BÜCHER.example", "ann@xn--bcher-kva.example")]
    [InlineData("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example")]
    [InlineData("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example")]
    [InlineData("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah")]
    public void An_address_is_kept_in_one_form_that_can_be_sent_to(string typed, string kept)
    {
        Assert.Equal(kept, Text.Email(typed));
        Assert.Equal(kept, Text.Email(kept));
        Assert.Equal(kept, Mailbox.Parse(kept).Address);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("ann")]
    [InlineData("@acme.example")]
    [InlineData("ann@")]
    [InlineData("ann@acme.example.")]
    [InlineData("ann@.acme.example")]
    [InlineData("ann@acme..example")]
    [InlineData("ann@-acme.example")]
    [InlineData("ann@ac_me.example")]
    [InlineData("ann@xn--a.example")]
    [InlineData("ann@[127.0.0.1]")]
    [InlineData(".ann@acme.example")]
    [InlineData("ann.@acme.example")]
    [InlineData("an..n@acme.example")]
    [InlineData("ann(keys)@acme.example")]
    [InlineData("\"ann\"@acme.example")]
    [InlineData("\"a b\"@acme.example")]
    [InlineData("añn@acme.example")]
    [InlineData("ann@bob@acme.example")]
    [InlineData("ann@acme.example\r\nBcc: eve@acme.example")]
    [InlineData("ann\n@acme.example")]
    [InlineData("ann@acme\u200b.example\u2028x")]
    [InlineData("ann@acme.example, bob@acme.example")]
    [InlineData("ann@acme.example\0")]
    public void What_no_mail_can_be_sent_to_is_refused_in_words(string? typed)
    {
        var refused = Assert.Throws<RefusedException>(() => Text.Email(typed));
        Assert.Equal("This is not an e-mail address that mail can be sent to.", refused.Message);
    }

    [Fact]
    public void Of_254_characters_is_an_address_and_of_255_not_even_when_the_last_comes_by_its_punycode()
    {
        Assert.Equal(254, Text.Email($"{Local64}@{Domain189}").Length);
        Assert.Throws<RefusedException>(() => Text.Email($"a{Local64}@{Domain189[1..]}"));
        string[] tooLong = [$"{Local64}@{Domain189}d", $"{Local64}@{Domain189[..^9]}.bücher"];
        Assert.Equal([255, 252], tooLong.Select(address => address.Length));
        Assert.All(tooLong, address => Assert.Contains(
            "at most 254 characters",
            Assert.Throws<RefusedException>(() => Text.Email(address)).Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public void An_allowed_domain_is_kept_in_the_form_that_addresses_have()
    {
        var policies = new Policies();
        policies.AllowDomains(["@Bücher.example", "acme.example"]);
        Assert.Equal(["xn--bcher-kva.example", "acme.example"], policies.AllowedDomains);
        Assert.Throws<RefusedException>(() => policies.AllowDomains(["not a domain"]));
    }
}
