using SafetyCenter.Core;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Tests.Core;

/// <summary>How a pasted list of people is read.</summary>
public sealed class InviteeTests
{
    [Fact]
    public void A_list_has_one_entry_per_line_comma_or_semicolon_and_a_quotation_is_not_cut()
    {
        const string list = "a@x.example, b@x.example;\r\n\r\n  c@x.example ;\n\"Doe, Ann\" <ann@x.example>, d@x.example\r"
            + "\"never closed, e@x.example\nf@x.example";
        Assert.Equal(
            [
                "a@x.example", "b@x.example", "c@x.example", "\"Doe, Ann\" <ann@x.example>", "d@x.example",
                "\"never closed, e@x.example", "f@x.example",
            ],
            Invitee.Split(list));
        Assert.Empty(Invitee.Split(" \n,;\n"));
        Assert.Empty(Invitee.Split(null));
    }

    [Theory]
    [InlineData("ann@acme.example", null)]
    [InlineData("<ann@acme.example>", null)]
    [InlineData("Ann Doe <Ann@acme.example>", "Ann Doe")]
    [InlineData("\"Doe, Ann\" <ann@acme.example>", "Doe, Ann")]
    public void An_entry_is_an_address_with_or_without_a_name(string entry, string? name) =>
        Assert.Equal(new Invitee("ann@acme.example", name), Invitee.Read(entry));

    [Theory]
    [InlineData("Ann <ann@acme.example", "e-mail address")]
    [InlineData("Ann ann@acme.example>", "e-mail address")]
    [InlineData("A <b> <ann@acme.example>", "angle brackets")]
    [InlineData("Ann\u202e <ann@acme.example>", "invisible")]
    [InlineData("123456789 123456789 123456789 123456789 123456789 123456 <ann@acme.example>", "at most 55")]
    public void What_cannot_be_read_is_refused_in_words(string entry, string reason) =>
        Assert.Contains(reason, Assert.Throws<RefusedException>(() => Invitee.Read(entry)).Message, StringComparison.Ordinal);
}
