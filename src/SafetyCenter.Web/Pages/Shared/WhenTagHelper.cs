using System.Net;
using Microsoft.AspNetCore.Razor.TagHelpers;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Pages.Shared;

/// <summary>
/// A moment, said the way people say it, with the exact time below it: for everybody, not only for a mouse pointer.
/// </summary>
[HtmlTargetElement("when", TagStructure = TagStructure.WithoutEndTag)]
public sealed class WhenTagHelper(TimeProvider time) : TagHelper
{
    /// <summary>The moment; null says <see cref="Never"/>.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary>What to say when there was no such moment.</summary>
    public string Never { get; set; } = "never";

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        if (At is not { } at)
        {
            output.Content.SetContent(Never);
            return;
        }

        var utc = at.UtcDateTime;
        output.Content.SetHtmlContent(
            $"""<time datetime="{utc:yyyy-MM-ddTHH:mm:ssZ}">{WebUtility.HtmlEncode(Moment.Relative(at, time.GetUtcNow()))} """
            + $"""<span class="exact-time">{Moment.Exact(at)}</span></time>""");
    }
}
