using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace SafetyCenter.Tests.Support;

/// <summary>What a person does in a browser without JavaScript: open a page, fill in a form, press a button.</summary>
public static class Browsing
{
    /// <summary>Opens a page that must be there.</summary>
    public static async Task<IHtmlDocument> PageAsync(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"GET {path} answered {(int)response.StatusCode}.");
        return await response.DocumentAsync();
    }

    /// <summary>The page that an answer holds.</summary>
    public static async Task<IHtmlDocument> DocumentAsync(this HttpResponseMessage response) =>
        await new HtmlParser().ParseDocumentAsync(await response.Content.ReadAsStreamAsync());

    /// <summary>Signs in through the page; fails when that does not lead in.</summary>
    public static async Task SignInAsync(this HttpClient client, string email, string password)
    {
        using var response = await client.PostFormAsync(
            "/sign-in", "Sign in", ("email", email), ("password", password));
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
    }

    /// <summary>
    /// Opens a page and presses a button of one of its forms, antiforgery token included. Fields that are not given
    /// keep what the page filled in.
    /// </summary>
    public static Task<HttpResponseMessage> PostFormAsync(
        this HttpClient client, string page, string button, params (string Name, string Value)[] fields) =>
        client.PostFormAsync(page, button, within: "body", fields);

    /// <summary>The same, where several forms have such a button.</summary>
    /// <param name="client">The visitor.</param>
    /// <param name="page">Where the form stands.</param>
    /// <param name="button">The text on the button.</param>
    /// <param name="within">A CSS selector of what the button is inside, such as <c>[data-subject='…']</c>.</param>
    /// <param name="fields">What to fill in.</param>
    public static async Task<HttpResponseMessage> PostFormAsync(
        this HttpClient client, string page, string button, string within, params (string Name, string Value)[] fields)
    {
        var document = await client.PageAsync(page);
        var buttons = document.QuerySelectorAll(within)
            .SelectMany(element => element.QuerySelectorAll("button"))
            .OfType<IHtmlButtonElement>()
            .Where(candidate => candidate.TextContent.Trim() == button)
            .Distinct()
            .ToList();
        var (pressed, form) = buttons switch
        {
            [{ Form: { } its } only] => (only, its),
            _ => throw new InvalidOperationException(
                $"{page} has {buttons.Count} buttons “{button}” of forms within {within}; one is expected."),
        };

        // An action without an address is the page itself.
        var action = (pressed.GetAttribute("formaction") ?? form.GetAttribute("action")) is { Length: > 0 } address
            ? address
            : page;
        using var content = new FormUrlEncodedContent(Filled(form, pressed, fields));
        return await client.PostAsync(action, content);
    }

    private static IEnumerable<KeyValuePair<string, string>> Filled(
        IHtmlFormElement form, IHtmlButtonElement pressed, (string Name, string Value)[] fields)
    {
        var given = fields.Select(field => field.Name).ToHashSet();
        return form.Elements
            .Select(element => element switch
            {
                IHtmlInputElement { Type: "checkbox" or "radio", IsChecked: false } => default,
                IHtmlInputElement input => (input.Name, input.Value),
                IHtmlSelectElement select => (select.Name, select.Value),
                IHtmlTextAreaElement text => (text.Name, text.Value),
                _ when element == pressed => (pressed.Name, pressed.Value),
                _ => default((string? Name, string? Value)),
            })
            .Where(field => !string.IsNullOrEmpty(field.Name) && !given.Contains(field.Name))
            .Select(field => KeyValuePair.Create(field.Name!, field.Value ?? ""))
            .Concat(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
    }
}
