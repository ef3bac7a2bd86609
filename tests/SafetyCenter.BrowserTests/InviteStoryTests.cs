using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Ann pastes two addresses; the invited reads the letter that a mail server of others took, follows its link, chooses a
/// password and is in; and Ann sees on her list how the invite goes from sent to opened to accepted.
/// </summary>
public sealed class InviteStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task A_pasted_address_is_written_to_and_its_reader_comes_in()
    {
        using var mail = await MailServerProcess.StartAsync();
        await using var app = await App.StartAsync(
            postgres, clock: null, mail: null,
            ("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{mail.Port}"), ("Smtp:Tls", "None"));
        var cast = await app.CastAsync();
        var ann = await NewPageAsync();
        await ann.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/users/invite"));
        await ann.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await ann.GetByLabel("Email addresses").FillAsync("Gus Gray <gus@acme.example>\nhana+work@acme.example\nnobody");
        await ann.GetByLabel("Datadog Standard Role").UncheckAsync();
        await ann.GetByLabel("Datadog Admin Role").CheckAsync();
        await ann.PressAsync("Invite");
        await Assertions.Expect(ann.GetByRole(AriaRole.Status)).ToContainTextAsync("Invited 2 of 3");
        await Assertions.Expect(ann.GetByLabel("Email addresses")).ToHaveValueAsync("nobody");
        Assert.Equal("", string.Join('\n', await ann.AxeViolationsAsync()));

        SmtpSink.Mail[] letters = [await mail.NextAsync(), await mail.NextAsync()];
        Assert.Equal(["gus@acme.example", "hana+work@acme.example"], letters.Select(letter => letter.To).Order());
        var letter = letters.Single(candidate => candidate.To == "gus@acme.example");
        Assert.Contains("Ann Admin invites you", letter.Text, StringComparison.Ordinal);
        await IsAsync("Sent");

        var link = letter.Text.Split('\n').Single(line => line.Contains("/invitations/", StringComparison.Ordinal));
        var gus = await NewPageAsync(width: 390);
        await gus.GotoAsync(app.At(new Uri(link.Trim()).AbsolutePath));
        await Assertions.Expect(gus.GetByLabel("Your name")).ToHaveValueAsync("Gus Gray");
        Assert.Equal("", string.Join('\n', await gus.AxeViolationsAsync()));
        await IsAsync("Opened");

        await gus.GetByLabel("Password").FillAsync("a sentence that nobody guesses");
        await gus.PressAsync("Accept");
        await Assertions.Expect(gus.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Safety Center");
        await Assertions.Expect(gus.Locator("span.who")).ToContainTextAsync("Gus Gray");
        await IsAsync("Accepted");
        await Assertions.Expect(StateOf("hana+work@acme.example")).ToHaveTextAsync("Sent");
        Assert.Equal("", string.Join('\n', await ann.AxeViolationsAsync()));
        Assert.Empty(ConsoleErrors);

        async Task IsAsync(string state)
        {
            await Eventually.IsTrueAsync(
                async () =>
                {
                    await ann.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/invites"));
                    return await StateOf("gus@acme.example").InnerTextAsync() == state;
                },
                $"the invite is {state}");
        }

        ILocator StateOf(string email) => ann.Locator("[data-invite]", new() { HasText = email }).Locator("[data-state]");
    }
}
