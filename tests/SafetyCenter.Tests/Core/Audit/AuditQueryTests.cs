using SafetyCenter.Core;
using SafetyCenter.Core.Audit;

namespace SafetyCenter.Tests.Core.Audit;

/// <summary>The search language of the audit trail.</summary>
public sealed class AuditQueryTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("  *  ", "")]
    [InlineData("ci", "any=ci")]
    [InlineData("ci prod", "any=ci & any=prod")]
    [InlineData("ci AND prod", "any=ci & any=prod")]
    [InlineData("\"the last one\"", "any='the last one'")]
    [InlineData("\"say \\\"hi\\\"\"", "any='say \"hi\"'")]
    [InlineData("-ci", "not any=ci")]
    [InlineData("NOT ci", "not any=ci")]
    [InlineData("ci*", "any=ci~")]
    [InlineData("\"ci*\"", "any='ci*'")]
    [InlineData("@action:deleted", "action=deleted")]
    [InlineData("action:deleted", "action=deleted")]
    [InlineData("-@action:deleted ci", "not action=deleted & any=ci")]
    [InlineData("@asset.type:(api_key OR application_key)", "asset.type=api_key|application_key")]
    [InlineData("@asset.type:( api_key  OR  \"user\" )", "asset.type=api_key|user")]
    [InlineData("@evt.name:\"Access Management\"", "evt.name='Access Management'")]
    [InlineData("@network.client.ip:2001:db8::1", "network.client.ip=2001:db8::1")]
    [InlineData("@usr.email:*@acme.example", "usr.email=~@acme.example")]
    [InlineData("@asset.name:*", "asset.name=~")]
    [InlineData("OR-gate ANDES", "any=OR-gate & any=ANDES")]
    public void A_query_is_read(string? text, string meaning) => Assert.Equal(meaning, MeaningOf(AuditQuery.Parse(text)));

    [Theory]
    [InlineData("@color:red", "color")]
    [InlineData("http://example.com", "quotes")]
    [InlineData("a OR b", "OR")]
    [InlineData("(a)", "parentheses")]
    [InlineData("-", "minus")]
    [InlineData("- a", "minus")]
    [InlineData("\"open", "quotation mark")]
    [InlineData("@action:", "missing")]
    [InlineData("@action:(a b)", "OR")]
    [InlineData("@action:(a OR b", "closing")]
    [InlineData("@action:(a OR ", "missing")]
    [InlineData("@action:()", "missing")]
    [InlineData("@action:\"open", "quotation mark")]
    public void What_cannot_be_understood_is_refused_with_a_reason(string text, string reason)
    {
        var refused = Assert.Throws<RefusedException>(() => AuditQuery.Parse(text));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_has_a_limit()
    {
        Assert.Throws<RefusedException>(() => AuditQuery.Parse(new string('x', 1001)));
        Assert.Equal(50, AuditQuery.Parse(string.Join(' ', Enumerable.Repeat("x", 50))).Terms.Count);
        Assert.Throws<RefusedException>(() => AuditQuery.Parse(string.Join(' ', Enumerable.Repeat("x", 51))));
    }

    // A star that stands for anything is written as a wave, and quoted values in quotes.
    private static string MeaningOf(AuditQuery query) => string.Join(" & ", query.Terms.Select(term =>
        (term.IsNegated ? "not " : "") + (term.Field ?? "any") + "=" + string.Join('|', term.Values.Select(ValueOf))));

    private static string ValueOf(AuditValue value) => value.HasStars ? value.Text.Replace('*', '~')
        : value.Text.AsSpan().ContainsAny(" *\"") ? $"'{value.Text}'"
        : value.Text;
}
