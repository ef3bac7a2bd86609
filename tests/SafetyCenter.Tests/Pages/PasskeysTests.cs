using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using static SafetyCenter.Tests.Support.Factors;

namespace SafetyCenter.Tests.Pages;

/// <summary>A passkey is added, named, used to sign in with nothing else, and removed.</summary>
public sealed class PasskeysTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task A_passkey_is_listed_and_lets_in_without_password_and_code()
    {
        var organization = await app.CreateOrganizationAsync("Keyed");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var phone = new SoftPasskey { IsSynced = true };
        using var stick = new SoftPasskey();
        using var first = await ann.AddPasskeyAsync(phone, "My phone");
        Assert.Equal(PasskeysPage, first.Headers.Location?.ToString());
        app.Time.Jump(TimeSpan.FromSeconds(1));
        using var second = await ann.AddPasskeyAsync(stick, "  Blue stick ");
        var page = await ann.PageAsync(PasskeysPage);
        Assert.Equal(
            ["My phone, Synced between your devices", "Blue stick, On one device only"],
            page.QuerySelectorAll("[data-passkey-id]").Select(row =>
                $"{row.QuerySelector("strong")!.TextContent}, {row.QuerySelector("[data-label='Where it is']")!.TextContent}"));
        Assert.StartsWith(
            $"{app.Now:yyyy-MM-ddTHH:mm}", page.QuerySelector("time")!.GetAttribute("datetime"), StringComparison.Ordinal);
        var login = await app.LoginOfAsync(organization.Admin);
        Assert.True((await SessionsOfAsync(login)).Single().HasSecondFactor);
        await WasToldAsync(organization, "The passkey “Blue stick” was added.");

        // What the device said when it was made is not kept.
        var kept = await app.InScopeAsync(db => db.UserPasskeys.Where(row => row.UserId == login.Id).ToListAsync());
        Assert.All(kept, row => Assert.Empty(row.Data.AttestationObject));

        using var visitor = app.NewClient();
        var alerts = organization.SafetyCenter("alerts");
        using var inside = await visitor.SignInWithPasskeyAsync(phone, $"?returnUrl={Uri.EscapeDataString(alerts)}");
        Assert.Equal(alerts, inside.Headers.Location?.ToString());
        await visitor.PageAsync(alerts);
        Assert.Equal(2, (await SessionsOfAsync(login)).Count(session => session.HasSecondFactor));
        using var elsewhere = app.NewClient();
        using var home = await elsewhere.SignInWithPasskeyAsync(stick, "?returnUrl=https%3A%2F%2Fevil.example");
        Assert.Equal("/", home.Headers.Location?.ToString());
    }

    [Fact]
    public async Task What_the_browser_is_asked_for_is_the_same_for_everybody()
    {
        var organization = await app.CreateOrganizationAsync("Asked");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device);
        using var visitor = app.NewClient();
        var known = await OptionsForAsync(organization.Admin.Email);
        Assert.Equal(await OptionsForAsync("nobody@nowhere.example"), known);
        Assert.Contains("\"userVerification\":\"required\"", known, StringComparison.Ordinal);
        Assert.DoesNotContain(device.Id, known, StringComparison.Ordinal);

        async Task<string> OptionsForAsync(string email)
        {
            var json = await visitor.PasskeyOptionsAsync("/sign-in", "/sign-in/passkey", ("email", email), ("name", email));
            using var document = System.Text.Json.JsonDocument.Parse(json);
            return json.Replace(document.RootElement.GetProperty("challenge").GetString()!, "…", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_finger_or_a_PIN_a_device_is_neither_added_nor_let_in()
    {
        var organization = await app.CreateOrganizationAsync("Unverified");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey { VerifiesUser = false };
        using var refused = await ann.AddPasskeyAsync(device, "no finger");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = await refused.DocumentAsync();
        Assert.Contains("could not be added", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("no finger", page.QuerySelector("#name")!.GetAttribute("value"));

        device.VerifiesUser = true;
        using var added = await ann.AddPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);
        device.VerifiesUser = false;
        using var visitor = app.NewClient();
        using var outside = await visitor.SignInWithPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.BadRequest, outside.StatusCode);
        Assert.Contains(
            "No passkey was accepted",
            (await outside.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent,
            StringComparison.Ordinal);
        device.VerifiesUser = true;
        using var inside = await visitor.SignInWithPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.Redirect, inside.StatusCode);
    }

    [Fact]
    public async Task What_was_done_on_a_page_of_somebody_else_is_worth_nothing_here()
    {
        var organization = await app.CreateOrganizationAsync("Phished");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey();
        var evil = new Uri("http://localhost.evil.example:5080");
        using var refused = await ann.AddPasskeyAsync(device, from: evil);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var added = await ann.AddPasskeyAsync(device);
        using var visitor = app.NewClient();
        using var outside = await visitor.SignInWithPasskeyAsync(device, from: evil);
        Assert.Equal(HttpStatusCode.BadRequest, outside.StatusCode);
        using var inside = await visitor.SignInWithPasskeyAsync(device, from: new Uri("http://localhost:5080"));
        Assert.Equal(HttpStatusCode.Redirect, inside.StatusCode);
    }

    [Fact]
    public async Task A_proof_is_good_once_in_the_browser_that_was_asked_and_a_copied_device_is_found_out()
    {
        var organization = await app.CreateOrganizationAsync("Replayed");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device);
        using var visitor = app.NewClient();
        using var other = app.NewClient();
        var proof = device.Prove(await visitor.PasskeyOptionsAsync("/sign-in", "/sign-in/passkey"), app.Address);
        await other.PasskeyOptionsAsync("/sign-in", "/sign-in/passkey");
        await AssertAsync(HttpStatusCode.BadRequest, other, proof);
        await AssertAsync(HttpStatusCode.BadRequest, other, "{}");
        await AssertAsync(HttpStatusCode.BadRequest, other, "");
        await AssertAsync(HttpStatusCode.Redirect, visitor, proof);
        using var third = app.NewClient();
        await AssertAsync(HttpStatusCode.BadRequest, third, proof);

        device.Counter = 0;
        using var copied = await third.SignInWithPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.BadRequest, copied.StatusCode);

        async Task AssertAsync(HttpStatusCode expected, HttpClient client, string credential)
        {
            using var answer = await client.SendPasskeyAsync(credential);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_proof_that_takes_longer_than_five_minutes_is_refused()
    {
        var organization = await app.CreateOrganizationAsync("Slow");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device);
        using var visitor = app.NewClient();
        var proof = device.Prove(await visitor.PasskeyOptionsAsync("/sign-in", "/sign-in/passkey"), app.Address);
        app.Time.Jump(TimeSpan.FromMinutes(5.5));
        using var late = await visitor.SendPasskeyAsync(proof);
        Assert.Equal(HttpStatusCode.BadRequest, late.StatusCode);
    }

    [Fact]
    public async Task One_is_renamed_and_one_is_removed_and_lets_nobody_in_any_more()
    {
        var organization = await app.CreateOrganizationAsync("Removed");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device, "old");
        var row = $"[data-passkey-id='{device.Id}']";
        using var blank = await ann.PostFormAsync(PasskeysPage, "Rename", row, ("newName", "a\u202Eb"));
        Assert.Equal(HttpStatusCode.BadRequest, blank.StatusCode);
        Assert.Equal(
            "a\u202Eb", (await blank.DocumentAsync()).QuerySelector($"{row} [name=newName]")!.GetAttribute("value"));
        using var renamed = await ann.PostFormAsync(PasskeysPage, "Rename", row, ("newName", "new"));
        Assert.Equal(PasskeysPage, renamed.Headers.Location?.ToString());
        Assert.Equal("new", (await ann.PageAsync(PasskeysPage)).QuerySelector($"{row} strong")!.TextContent);
        using var visitor = app.NewClient();
        using var inside = await visitor.SignInWithPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.Redirect, inside.StatusCode);

        using var removed = await ann.PostFormAsync(PasskeysPage, "Remove", row);
        Assert.Contains(
            "“new” was removed",
            (await ann.PageAsync(PasskeysPage)).QuerySelector("[role=status]")!.TextContent,
            StringComparison.Ordinal);
        await WasToldAsync(organization, "The passkey “new” was removed.");
        using var other = app.NewClient();
        using var outside = await other.SignInWithPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.BadRequest, outside.StatusCode);
    }

    [Fact]
    public async Task The_passkey_of_somebody_else_is_not_there()
    {
        var organization = await app.CreateOrganizationAsync("Others");
        var bob = await app.AddPersonAsync(organization, "bob@others.example");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var his = await app.SignedInAsync(bob);
        using var device = new SoftPasskey();
        using var own = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device, "Ann's");
        using var second = await his.AddPasskeyAsync(own, "Bob's");
        var form = (await his.PageAsync(PasskeysPage)).QuerySelector("[name=__RequestVerificationToken]")!;
        foreach (var (handler, id) in new[] { ("Rename", device.Id), ("Remove", device.Id), ("Remove", "???"), ("Remove", "") })
        {
            using var fields = new FormUrlEncodedContent(
            [
                KeyValuePair.Create("__RequestVerificationToken", form.GetAttribute("value")!),
                KeyValuePair.Create("newName", "x"),
            ]);
            using var answer = await his.PostAsync(
                $"{PasskeysPage}?handler={handler}&id={Uri.EscapeDataString(id)}", fields);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        Assert.Equal("Ann's", (await ann.PageAsync(PasskeysPage)).QuerySelector("strong")!.TextContent);
        using var stolen = await his.AddPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.BadRequest, stolen.StatusCode);
    }

    [Fact]
    public async Task Twenty_are_enough_and_a_name_is_refused_before_the_device_makes_anything()
    {
        var organization = await app.CreateOrganizationAsync("Twenty");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var nameless = await ann.AskForOptionsAsync(PasskeysPage, PasskeysPage, ("name", " "));
        Assert.Equal(HttpStatusCode.BadRequest, nameless.StatusCode);
        Assert.Equal("Passkey name cannot be blank.", await nameless.Content.ReadAsStringAsync());

        using var empty = await ann.PostFormAsync(PasskeysPage, "Add a passkey", ("name", "no script"));
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        Assert.Contains(
            "once more", (await empty.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);

        using var first = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(first);
        var one = await StatementsAsync(ann);
        for (var number = 2; number <= 20; number++)
        {
            using var device = new SoftPasskey();
            using var more = await ann.AddPasskeyAsync(device, $"number {number}");
            Assert.Equal(HttpStatusCode.Redirect, more.StatusCode);
        }

        Assert.Equal(20, (await ann.PageAsync(PasskeysPage)).QuerySelectorAll("[data-passkey-id]").Length);
        using var refused = await ann.AskForOptionsAsync(PasskeysPage, PasskeysPage, ("name", "one more"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("You have 20 passkeys", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.InRange(one, 1, 6);
        Assert.Equal(one, await StatementsAsync(ann));
    }

    [Fact]
    public async Task To_prove_anew_who_one_is_takes_a_passkey_of_ones_own()
    {
        var organization = await app.CreateOrganizationAsync("Proving");
        var bob = await app.AddPersonAsync(organization, "bob@proving.example");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var device = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device);
        Assert.True(await ProvesAsync(organization.Admin));
        Assert.False(await ProvesAsync(bob));

        async Task<bool> ProvesAsync(Person person)
        {
            // The filter that asks has a request of its own; this is one as the browser would send it.
            using var visitor = app.NewClient();
            using var asked = await visitor.AskForOptionsAsync("/sign-in", "/sign-in/passkey");
            var cookie = asked.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
            var proof = device.Prove(await asked.Content.ReadAsStringAsync(), app.Address);
            var login = await app.LoginOfAsync(person);
            return await app.InScopeAsync(services =>
            {
                var context = new DefaultHttpContext { RequestServices = services };
                context.Request.Headers.Cookie = cookie;
                (context.Request.Scheme, context.Request.Host) = (app.Address.Scheme, new HostString(app.Address.Authority));
                services.GetRequiredService<IHttpContextAccessor>().HttpContext = context;
                return PasskeyProof.VerifyAsync(context, login, proof);
            });
        }
    }

    private static async Task<int> StatementsAsync(HttpClient client)
    {
        using var statements = new Statements();
        using var request = new HttpRequestMessage(HttpMethod.Get, PasskeysPage);
        request.Headers.Add("traceparent", statements.TraceParent);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return statements.Texts.Count;
    }

    private Task<List<Session>> SessionsOfAsync(Login login) =>
        app.RowsAsync<Session>(all => all.Where(session => session.LoginId == login.Id));

    private async Task WasToldAsync(TestOrganization organization, string what) => Assert.Single(
        await app.EmailsAsync(EmailKind.LoginChanged),
        email => email.Recipient == organization.Admin.Email && email.Details == $"{what}\n127.0.0.1");
}
