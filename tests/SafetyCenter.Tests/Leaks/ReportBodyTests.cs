using System.Text;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

public class ReportBodyTests
{
    [Fact]
    public void A_match_is_read_as_it_was_sent()
    {
        var item = Assert.Single(Items(ReportVectors.All["V1"].Body));

        Assert.Equal(
            new ReportedItem(0, "some_token", "some_type", "https://example.com/base-repo-url/", LeakSource.Commit),
            item);
        Assert.True(item.IsReadable);
    }

    [Fact]
    public void Case_02_an_old_match_without_source_and_with_a_space_before_its_url_is_read()
    {
        var item = Assert.Single(Items(ReportVectors.All["V2"].Body));

        Assert.Equal(LeakSource.Unknown, item.Source);
        Assert.StartsWith(" https://github.com/", item.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"token\":\"x\"}")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("true")]
    public void Case_32_JSON_that_is_no_array_is_refused(string body) =>
        Assert.Contains("array", Refusal(body), StringComparison.Ordinal);

    [Fact]
    public void Case_33_an_empty_report_has_no_matches() => Assert.Empty(Items("[]"));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("[")]
    [InlineData("[{\"token\":\"x\"}")]
    [InlineData("[{\"token\":\"x\"},]")]
    [InlineData("[{\"token\":\"x\",}]")]
    [InlineData("[/* comment */]")]
    [InlineData("[NaN]")]
    [InlineData("[] []")]
    [InlineData("[{'token':'x'}]")]
    [InlineData("[{\"token\":\"line\nbreak\"}]")]
    [InlineData("[{\"token\":\"\\x\"}]")]
    public void Case_34_broken_JSON_is_refused(string body) =>
        Assert.Contains("well-formed", Refusal(body), StringComparison.Ordinal);

    [Fact]
    public void Case_35_a_byte_order_mark_and_UTF_16_are_refused()
    {
        Assert.Contains("byte order mark", Refusal([0xEF, 0xBB, 0xBF, (byte)'[', (byte)']']), StringComparison.Ordinal);
        Refusal(Encoding.Unicode.GetBytes("[]"));
        Refusal([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("[]")]);
        Refusal(Encoding.BigEndianUnicode.GetBytes("[]"));
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xC3)]
    [InlineData(0x80)]
    public void Case_36_bytes_that_are_not_UTF_8_are_refused(byte bad)
    {
        var body = Encoding.UTF8.GetBytes("[{\"token\":\"secret?\"}]");
        body[Array.IndexOf(body, (byte)'?')] = bad;

        Assert.Contains("UTF-8", Refusal(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"token\":\"\\ud800\"}]")]
    [InlineData("[{\"token\":\"\\udc00x\"}]")]
    [InlineData("[{\"token\":\"x\",\"type\":\"\\ud800\"}]")]
    [InlineData("[{\"token\":\"x\",\"url\":\"\\ud800\"}]")]
    [InlineData("[{\"token\":\"x\",\"source\":\"\\ud800\"}]")]
    [InlineData("[{\"token\":\"x\"},{\"token\":\"\\ud800\"}]")]
    public void Case_37_half_a_surrogate_pair_is_refused(string body) =>
        Assert.Contains("Unicode", Refusal(body), StringComparison.Ordinal);

    [Theory]
    [InlineData("[{\"\\ud800\":1}]")]
    [InlineData("[{\"\\ud800\":1,\"\\udc00\":2}]")]
    [InlineData("[{\"token\":\"x\",\"to\\ud800n\":1}]")]
    public void Case_37_half_a_surrogate_pair_in_a_name_does_not_throw(string body) =>
        Assert.NotNull(ReportBody.Read(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Case_37_a_whole_surrogate_pair_is_a_character() =>
        Assert.Equal("\ud83d\ude00", Assert.Single(Items("[{\"token\":\"\\ud83d\\ude00\"}]")).Token);

    [Fact]
    public void Case_38_a_NUL_makes_a_token_unreadable_and_is_replaced_elsewhere()
    {
        var items = Items(
            """[{"token":"a\u0000b","type":"t"},{"token":"ok","type":"t\u0000","url":"https://x/\u0000"}]""");

        Assert.False(items[0].IsReadable);
        Assert.Equal(new ReportedItem(1, "ok", "t\ufffd", "https://x/\ufffd", LeakSource.Unknown), items[1]);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Case_39_deep_nesting_is_refused(int depth) =>
        Refusal(new string('[', depth) + new string(']', depth));

    [Theory]
    [InlineData("""[{"token":"a","token":"b"}]""")]
    [InlineData("""[{"token":"a","token":"a"}]""")]
    [InlineData("""[{"token":"a","\u0074oken":"b"}]""")]
    [InlineData("""[{"token":"a","extra":{"x":1,"x":2}}]""")]
    public void Case_40_a_name_that_stands_twice_is_refused(string body) =>
        Assert.Contains("unique", Refusal(body), StringComparison.Ordinal);

    [Fact]
    public void Case_40_names_that_differ_in_case_are_two_names() =>
        Assert.Equal("a", Assert.Single(Items("""[{"token":"a","TOKEN":"b"}]""")).Token);

    [Fact]
    public void Case_41_fields_nobody_knows_are_passed_over()
    {
        var item = Assert.Single(Items(
            """[{"token":"a","confidence":0.9,"location":{"line":[1,2]},"note":null,"type":"t"}]"""));

        Assert.Equal(new ReportedItem(0, "a", "t", null, LeakSource.Unknown), item);
    }

    [Theory]
    [InlineData("""{"type":"t","url":"u"}""")]
    [InlineData("""{"token":null}""")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":17}""")]
    [InlineData("""{"token":["a"]}""")]
    [InlineData("""{"Token":"a"}""")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("\"a\"")]
    [InlineData("[]")]
    public void Case_42_an_item_without_a_token_is_unreadable_and_the_rest_is_read_in_order(string bad)
    {
        var items = Items($$"""[{"token":"a"},{{bad}},{"token":"b"}]""");

        Assert.Equal(["a", null, "b"], items.Select(item => item.Token));
        Assert.Equal([true, false, true], items.Select(item => item.IsReadable));
        Assert.Equal([0, 1, 2], items.Select(item => item.Index));
    }

    [Fact]
    public void Case_42_a_token_of_4096_characters_is_read_and_a_longer_one_is_not()
    {
        Assert.True(Assert.Single(Items($$"""[{"token":"{{new string('x', 4096)}}"}]""")).IsReadable);
        Assert.False(Assert.Single(Items($$"""[{"token":"{{new string('x', 4097)}}"}]""")).IsReadable);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("some_url")]
    [InlineData("https://bücher.example/ä?ö#ü")]
    [InlineData("https://user:password@example.com/")]
    [InlineData("https://example.com/\r\nX-Injected: 1\u0007")]
    [InlineData("")]
    [InlineData("  ")]
    public void Case_43_an_odd_url_is_kept_as_text(string url)
    {
        var body = $$"""[{"token":"a","url":{{System.Text.Json.JsonSerializer.Serialize(url)}}}]""";

        Assert.Equal(url, Assert.Single(Items(body)).Url);
    }

    [Theory]
    [InlineData("""[{"token":"a"}]""")]
    [InlineData("""[{"token":"a","url":null,"type":null,"source":null}]""")]
    [InlineData("""[{"token":"a","url":1,"type":2,"source":3}]""")]
    [InlineData("""[{"token":"a","url":{},"type":[],"source":true}]""")]
    public void Case_43_what_is_no_text_counts_as_not_said(string body) =>
        Assert.Equal(new ReportedItem(0, "a", null, null, LeakSource.Unknown), Assert.Single(Items(body)));

    [Fact]
    public void Case_43_a_url_is_kept_up_to_100_000_characters_and_cut_between_characters()
    {
        var full = new string('u', 100_000);
        Assert.Equal(full, Assert.Single(Items($$"""[{"token":"a","url":"{{full}}"}]""")).Url);
        Assert.Equal(full, Assert.Single(Items($$"""[{"token":"a","url":"{{full}}more"}]""")).Url);
        Assert.Equal(
            full[1..],
            Assert.Single(Items($$"""[{"token":"a","url":"{{full[1..]}}\ud83d\ude00"}]""")).Url);
    }

    [Fact]
    public void Case_44_the_source_is_read_in_any_case() =>
        Assert.Equal(
            [LeakSource.GistComment, LeakSource.GistComment, LeakSource.Unknown],
            Items("""
                [{"token":"a","source":"Gist_comment"},{"token":"a","source":"gist_comment"},
                 {"token":"a","source":"fax"}]
                """).Select(item => item.Source));

    [Fact]
    public void Case_45_a_type_nobody_knows_is_kept_as_sent() =>
        Assert.Equal("Who_Knows v2", Assert.Single(Items("""[{"token":"a","type":"Who_Knows v2"}]""")).Type);

    [Fact]
    public void A_large_report_is_read_in_full()
    {
        var body = $"[{string.Join(',', Enumerable.Range(0, 10_000).Select(n => $$"""{"token":"t{{n}}"}"""))}]";

        var items = Items(body);
        Assert.Equal(10_000, items.Count);
        Assert.Equal("t9999", items[9999].Token);
    }

    [Fact]
    public void Case_72_neither_an_item_nor_a_refusal_prints_the_token()
    {
        var item = Assert.Single(Items("""[{"token":"planted_token","type":"t"}]"""));
        Assert.Equal("match 0, Unknown", item.ToString());
        Assert.Equal("match 0, Unknown, unreadable", Assert.Single(Items("[1]")).ToString());
        Assert.DoesNotContain("planted", Refusal("""[{"token":"planted_token",}]"""), StringComparison.Ordinal);
    }

    private static IReadOnlyList<ReportedItem> Items(string body) =>
        Assert.IsType<ReportBody.Readable>(ReportBody.Read(Encoding.UTF8.GetBytes(body))).Items;

    private static string Refusal(string body) => Refusal(Encoding.UTF8.GetBytes(body));

    private static string Refusal(byte[] body) => Assert.IsType<ReportBody.Refused>(ReportBody.Read(body)).Reason;
}
