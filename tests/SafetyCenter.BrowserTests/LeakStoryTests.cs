using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// The whole tale: Ann makes a key and a service uses it; GitHub reports, with a genuine signature, that it was found;
/// the security contact gets the letter and follows its link; Ann revokes; the service is refused.
/// </summary>
public sealed class LeakStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task A_leaked_key_is_reported_told_looked_at_revoked_and_refused()
    {
        using var mail = await MailServerProcess.StartAsync();
        await using var app = await App.StartAsync(
            postgres, clock: null, mail: null,
            ("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{mail.Port}"), ("Smtp:Tls", "None"));
        var cast = await app.CastAsync();
        using var service = app.NewClient();

        // Ann says who is to be told; the address is asked whether it is its reader's, and everybody learns of the change.
        var page = await NewPageAsync();
        await page.GotoAsync(app.At(cast.Acme.SafetyCenter("configuration")));
        await page.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await page.GetByLabel("Primary contact").FillAsync("security@acme.example");
        await page.PressAsync("Save contacts");
        string[] subjects =
            [(await mail.NextAsync()).Subject, (await mail.NextAsync()).Subject, (await mail.NextAsync()).Subject];
        Assert.Single(subjects, subject => subject.Contains("yours", StringComparison.Ordinal));

        // She makes a key; it is shown once.
        await page.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/api-keys"));
        await page.GetByLabel("Name").FillAsync("website");
        await page.PressAsync("Create API key");
        var secret = (await page.Locator("[data-secret]").InnerTextAsync()).Trim();
        await page.GetByRole(AriaRole.Link, new() { Name = "I have stored it" }).ClickAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(service, secret));

        // GitHub reports it. How soon the letter leaves is measured where no browser shares the machine.
        const string place = "https://github.com/acme/website/blob/main/.env";
        Assert.Equal("true_positive", await ReportAsync(app, secret, place));
        var letter = await mail.NextAsync();
        Assert.Equal("security@acme.example", letter.To);
        Assert.Contains("website", letter.Subject, StringComparison.Ordinal);
        Assert.Contains(place, letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, letter.Raw, StringComparison.Ordinal);

        // The link in the letter leads to the alert, which says what revoking breaks.
        var link = letter.Text.Split('\n').Single(line => line.Contains("/safety-center/alerts/", StringComparison.Ordinal));
        await page.GotoAsync(app.At(new Uri(link.Trim()).AbsolutePath));
        await Assertions.Expect(page.Locator("[data-rule=leaked-api-key]")).ToHaveAttributeAsync("data-state", "open");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = place })).ToBeVisibleAsync();
        Assert.Equal("", string.Join('\n', await page.AxeViolationsAsync()));

        // Two clicks from the Overview: the alert's card, and its button.
        await page.GotoAsync(app.At(cast.Acme.SafetyCenter()));
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at it now" }).ClickAsync();
        await page.PressAsync("Revoke");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Revoked “website”");
        await Assertions.Expect(page.Locator("[data-rule=leaked-api-key]")).ToHaveAttributeAsync("data-state", "resolved");
        Assert.Equal(HttpStatusCode.Forbidden, await VerifyAsync(service, secret));

        var closed = await mail.NextAsync();
        Assert.Contains("was revoked", closed.Subject, StringComparison.Ordinal);
        Assert.Contains("Ann Admin", closed.Text, StringComparison.Ordinal);
        Assert.Empty(ConsoleErrors);
        Assert.DoesNotContain(secret, app.Log.ToString(), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> VerifyAsync(HttpClient service, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", secret);
        using var answer = await service.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<string?> ReportAsync(App app, string secret, string place)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new[] { new { token = secret, type = "safetycenter_api_key", url = place, source = "content" } });
        var signed = app.GitHub.Sign(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github/secret-scanning")
        {
            Content = new ByteArrayContent(body) { Headers = { { "Content-Type", "application/json" } } },
        };
        request.Headers.Add("Github-Public-Key-Identifier", signed.KeyIdentifier);
        request.Headers.Add("Github-Public-Key-Signature", signed.Signature);
        using var client = app.NewClient();
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement[0].GetProperty("label").GetString();
    }
}
