using AngleSharp.Html.Parser;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Emails;

/// <summary>The frame around the words of every email.</summary>
public sealed class EmailTextTests
{
    [Fact]
    public void A_long_address_is_wrapped_on_a_phone_and_the_dark_is_kept_dark()
    {
        var html = new EmailText().Facts(("Found at", "https://example.com/" + new string('a', 300))).Html;
        var page = new HtmlParser().ParseDocument(html);
        Assert.Contains("overflow-wrap:anywhere", page.Body!.GetAttribute("style"), StringComparison.Ordinal);
        Assert.Equal("light dark", page.QuerySelector("meta[name=color-scheme]")!.GetAttribute("content"));
    }
}
