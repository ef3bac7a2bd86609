using System.Net;

namespace SafetyCenter.Web.Startup;

/// <summary>What people are told when something does not work: what it is, and what to do.</summary>
public static class ErrorText
{
    /// <summary>Title and advice for a status code.</summary>
    public static (string Title, string Advice) Of(int status) => status switch
    {
        400 => ("That could not be read", "The form may be too old. Go back, reload the page and try again."),
        404 => ("Not found", "There is nothing here, or it belongs to an organization you are not a member of."),
        405 => ("Not possible here", "Go back and use the buttons on the page."),
        413 => ("Too large", "What you sent is larger than this page accepts."),
        429 => ("Too many requests", "Wait a minute and try again."),
        503 => ("The database is away", "Nothing was lost. Try again in a few seconds."),
        _ => ("Something went wrong", "It has been logged. Try again; if it stays, tell the operator."),
    };

    /// <summary>
    /// A page that needs nothing: neither database nor layout may be at hand when something broke.
    /// </summary>
    public static string PageFor(int status)
    {
        var (title, advice) = Of(status);
        return $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{WebUtility.HtmlEncode(title)} - SafetyCenter</title>
            <link rel="stylesheet" href="/lib/tabler.min.css"></head>
            <body><main class="container py-5"><h1>{WebUtility.HtmlEncode(title)}</h1>
            <p>{WebUtility.HtmlEncode(advice)}</p><p><a href="/">To the Safety Center</a></p></main></body></html>
            """;
    }
}
