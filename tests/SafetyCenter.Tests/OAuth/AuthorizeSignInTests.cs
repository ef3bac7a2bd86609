using System.Net;
using SafetyCenter.Tests.Support;
using static SafetyCenter.Tests.OAuth.AuthorizeStage;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Who comes from an app signs in first, however they do that, and finds themselves where the app sent them.</summary>
public sealed class AuthorizeSignInTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Otherwise = "form-action 'self';";
    private const string ToTheApp = "form-action 'self' https://app.example.com;";

    [Fact]
    public async Task Nobody_is_told_anything_before_they_signed_in_and_the_whole_address_survives_that()
    {
        var organization = await app.CreateOrganizationAsync("Arriving");
        var made = await TestApps.AppAsync(app, organization, "Arrival", "user_access_read", "metrics_read");
        var address = AddressOf(made.ClientId, ("scope", "user_access_read metrics_read"), ("state", "a+b &c=%20é?#"));
        using var person = app.NewClient();
        using var sent = await person.GetAsync(address);
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        var signIn = sent.Headers.Location!;
        Assert.Equal("/sign-in", signIn.AbsolutePath);

        // Also where there is nothing to come back to: whether there is such an app is nobody's business.
        using var unknown = await person.GetAsync(AddressOf(default));
        Assert.Equal("/sign-in", unknown.Headers.Location!.AbsolutePath);
        using var wrong = await person.GetAsync(AddressOf(made.ClientId, ("response_type", "token")));
        Assert.Equal("/sign-in", wrong.Headers.Location!.AbsolutePath);

        using var back = await person.PostFormAsync(
            signIn.PathAndQuery, "Sign in", ("email", organization.Admin.Email), ("password", organization.Admin.Password));
        Assert.Equal(address, back.Headers.Location!.OriginalString);
        Assert.Equal("a+b &c=%20é?#", (await person.PressAsync(address, "Authorize"))["state"]);
    }

    [Fact]
    public async Task It_survives_an_authenticator_app_and_a_passkey()
    {
        var organization = await app.CreateOrganizationAsync("Factors on the way");
        var made = await TestApps.AppAsync(app, organization, "Careful", "user_access_read");
        using var own = await app.SignedInAsync(organization.Admin);
        var phone = await own.AddPhoneAsync(app);
        using var device = new SoftPasskey();
        (await own.AddPasskeyAsync(device)).Dispose();
        app.Time.Jump(TimeSpan.FromMinutes(1));
        var address = AddressOf(made.ClientId, ("state", "a b&c"));
        var returnUrl = $"?returnUrl={Uri.EscapeDataString(address)}";

        using var withPhone = app.NewClient();
        using var password = await withPhone.TryToSignInAsync(
            organization.Admin.Email, organization.Admin.Password, $"/sign-in{returnUrl}");
        var second = password.Headers.Location!.OriginalString;
        Assert.StartsWith("/sign-in/second-factor", second, StringComparison.Ordinal);
        using var code = await withPhone.PostFormAsync(second, "Sign in", ("code", phone.CodeAt(app.Now)));
        Assert.Equal(address, code.Headers.Location!.OriginalString);
        await HeadersAsync(withPhone, "/me/security", Otherwise, "same-origin");

        using var withPasskey = app.NewClient();
        using var passkey = await withPasskey.SignInWithPasskeyAsync(device, returnUrl);
        Assert.Equal(address, passkey.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task An_app_that_wants_nothing_shown_is_told_that_somebody_must_sign_in()
    {
        var organization = await app.CreateOrganizationAsync("Silent");
        var made = await TestApps.AppAsync(app, organization, "Quiet", "user_access_read");
        using var stranger = app.NewClient();
        var answer = await stranger.FollowAsync(AddressOf(made.ClientId, ("prompt", "none")));
        Assert.Equal(("login_required", "a state", Issuer), (answer["error"], answer["state"], answer["iss"]));
    }

    [Fact]
    public async Task Who_is_not_the_one_signs_out_and_another_signs_in()
    {
        var organization = await app.CreateOrganizationAsync("Switching");
        var bob = await app.AddPersonAsync(organization, "bob@switching.example", "Bob Builder");
        var made = await TestApps.AppAsync(app, organization, "Switch", "user_access_read");
        var address = AddressOf(made.ClientId);
        using var browser = await app.SignedInAsync(organization.Admin);
        var old = await browser.PageAsync(address);

        using var left = await browser.PostFormAsync(address, "Switch user");
        Assert.Equal((HttpStatusCode.SeeOther, address), (left.StatusCode, left.Headers.Location!.OriginalString));
        using var toSignIn = await browser.GetAsync(address);
        (await browser.TryToSignInAsync(bob.Email, bob.Password, toSignIn.Headers.Location!.PathAndQuery)).Dispose();

        // The page that the other one left open is not for Bob: it is shown to him as his own.
        using var outdated = await browser.PostAsync(address, new FormUrlEncodedContent(
            old.QuerySelectorAll("main form:has([name=terms]) [name][value]:not(button)")
                .Select(field => KeyValuePair.Create(field.GetAttribute("name")!, field.GetAttribute("value")!))
                .Append(KeyValuePair.Create("answer", "authorize"))));
        Assert.Equal((HttpStatusCode.Redirect, address), (outdated.StatusCode, outdated.Headers.Location!.OriginalString));
        Assert.Empty(await app.GrantsAsync(made.ClientId));

        await browser.PressAsync(address, "Authorize");
        Assert.Equal(bob.Id, Assert.Single(await app.GrantsAsync(made.ClientId)).OwnerId);
    }

    [Fact]
    public async Task A_form_on_the_way_to_an_app_may_lead_to_that_app_and_no_other_form_may()
    {
        var organization = await app.CreateOrganizationAsync("Policies on the way");
        var made = await TestApps.AppAsync(app, organization, "Policy", "user_access_read");
        var address = AddressOf(made.ClientId);
        using var person = await app.SignedInAsync(organization.Admin);
        using var stranger = app.NewClient();

        await HeadersAsync(person, address, ToTheApp, "no-referrer");
        await HeadersAsync(person, AddressOf(made.ClientId, ("redirect_uri", null)), ToTheApp, "no-referrer");
        await HeadersAsync(
            person, AddressOf(made.ClientId, ("redirect_uri", "https://evil.example/")), Otherwise, "no-referrer");
        await HeadersAsync(person, "/organizations", Otherwise, "same-origin");

        await HeadersAsync(stranger, SignInTo(address), ToTheApp, "no-referrer");
        var datadogs = address.Replace(Address, "/oauth2/v1/authorize", StringComparison.Ordinal);
        await HeadersAsync(stranger, SignInTo(datadogs), ToTheApp, "no-referrer");
        await HeadersAsync(
            stranger,
            SignInTo(AddressOf(made.ClientId, ("redirect_uri", "com.example.app:/back"))),
            "form-action 'self' com.example.app:;",
            "no-referrer");
        foreach (var bad in new[]
        {
            "javascript:alert(1)", "https://a.example;script-src *", "https://*.example/", "https://u@a.example/",
            "http://a.example/", "//a.example", "https://a.example/ https://b.example", "'unsafe-inline'", "https:",
        })
        {
            await HeadersAsync(stranger, SignInTo(AddressOf(made.ClientId, ("redirect_uri", bad))), Otherwise, "no-referrer");
        }

        foreach (var elsewhere in new[] { "/", "/me/security?redirect_uri=https://a.example", $"https://evil.example{address}" })
        {
            await HeadersAsync(stranger, SignInTo(elsewhere), Otherwise, "same-origin");
        }

        await HeadersAsync(stranger, $"/forgot-password?returnUrl={Uri.EscapeDataString(address)}", Otherwise, "same-origin");

        // A wrong password, and the page is there again; so is the second step, and the page of a passkey that failed.
        using var again = await stranger.TryToSignInAsync(organization.Admin.Email, "wrong-password", SignInTo(address));
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        MustBe(again, ToTheApp, "no-referrer");
        using var passkey = await stranger.SendPasskeyAsync("{}", SignInTo(address)["/sign-in".Length..]);
        Assert.Equal(HttpStatusCode.BadRequest, passkey.StatusCode);
        MustBe(passkey, ToTheApp, "no-referrer");
        await person.AddPhoneAsync(app);
        using var password = await stranger.TryToSignInAsync(
            organization.Admin.Email, organization.Admin.Password, SignInTo(address));
        await HeadersAsync(stranger, password.Headers.Location!.OriginalString, ToTheApp, "no-referrer");

        static string SignInTo(string address) => $"/sign-in?returnUrl={Uri.EscapeDataString(address)}";
    }

    private static async Task HeadersAsync(HttpClient client, string address, string formAction, string referrer)
    {
        using var answer = await client.GetAsync(address);
        Assert.Null(answer.Headers.Location);
        MustBe(answer, formAction, referrer);
        if (referrer == "no-referrer")
        {
            Assert.True(answer.Headers.CacheControl!.NoStore);
        }
    }

    private static void MustBe(HttpResponseMessage answer, string formAction, string referrer)
    {
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            + $"{formAction} base-uri 'none'; frame-ancestors 'none'",
            Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal(referrer, Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
    }
}
