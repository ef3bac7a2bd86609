using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Support;

/// <summary>Somebody's phone: the key in its authenticator app, and the paper with the recovery codes.</summary>
public sealed record Phone(AuthenticatorKey Key, string[] RecoveryCodes)
{
    /// <summary>What the app shows now, or so many steps from now.</summary>
    public string CodeAt(DateTimeOffset now, int steps = 0) => OneTimeCode.Of(Key, OneTimeCode.StepAt(now) + steps);
}

/// <summary>What people do with second factors, in a browser.</summary>
public static class Factors
{
    public const string AuthenticatorPage = "/me/security/authenticator";
    public const string PasskeysPage = "/me/security/passkeys";

    /// <summary>Adds an authenticator app through its page.</summary>
    public static async Task<Phone> AddPhoneAsync(this HttpClient client, App app)
    {
        var page = await client.PageAsync(AuthenticatorPage);
        var key = new AuthenticatorKey(page.QuerySelector("[data-key]")!.TextContent.Replace(" ", ""));
        using var on = await client.PostAsync(
            $"{AuthenticatorPage}?handler=TurnOn",
            new FormUrlEncodedContent(
            [
                KeyValuePair.Create("offer", page.QuerySelector("[name=offer]")!.GetAttribute("value")!),
                KeyValuePair.Create("code", OneTimeCode.Of(key, OneTimeCode.StepAt(app.Now))),
                KeyValuePair.Create("__RequestVerificationToken", page.Token()),
            ]));
        Assert.Equal(HttpStatusCode.OK, on.StatusCode);
        var codes = (await on.DocumentAsync()).QuerySelector("[data-codes]")!.TextContent.Split('\n');
        return new Phone(key, codes);
    }

    /// <summary>Types the password, which leads to the second step.</summary>
    public static async Task TypePasswordAsync(this HttpClient client, Person person, string returnUrl = "")
    {
        using var answer = await client.PostFormAsync(
            $"/sign-in{returnUrl}", "Sign in", ("email", person.Email), ("password", person.Password));
        Assert.StartsWith(
            "/sign-in/second-factor", answer.Headers.Location?.ToString() ?? "nowhere", StringComparison.Ordinal);
    }

    /// <summary>Types a code at the second step.</summary>
    public static Task<HttpResponseMessage> TypeCodeAsync(this HttpClient client, string code, string returnUrl = "") =>
        client.PostFormAsync($"/sign-in/second-factor{returnUrl}", "Sign in", ("code", code));

    /// <summary>Adds a passkey as the script does: asks what is needed, has the device make it, sends the form.</summary>
    public static async Task<HttpResponseMessage> AddPasskeyAsync(
        this HttpClient client, SoftPasskey device, string name = "phone", Uri? from = null)
    {
        var options = await client.PasskeyOptionsAsync(PasskeysPage, PasskeysPage, ("name", name));
        return await client.PostFormAsync(
            PasskeysPage, "Add a passkey", ("name", name), ("credential", device.Create(options, from ?? client.BaseAddress!)));
    }

    /// <summary>Signs in with a passkey as the script does.</summary>
    public static async Task<HttpResponseMessage> SignInWithPasskeyAsync(
        this HttpClient client, SoftPasskey device, string returnUrl = "", Uri? from = null)
    {
        var options = await client.PasskeyOptionsAsync("/sign-in", "/sign-in/passkey");
        return await client.SendPasskeyAsync(device.Prove(options, from ?? client.BaseAddress!), returnUrl);
    }

    /// <summary>Sends what a device answered to the sign-in.</summary>
    public static Task<HttpResponseMessage> SendPasskeyAsync(
        this HttpClient client, string credential, string returnUrl = "") =>
        client.PostFormAsync($"/sign-in{returnUrl}", "Use a passkey", ("credential", credential));

    /// <summary>What the browser needs for a passkey, as JSON.</summary>
    public static async Task<string> PasskeyOptionsAsync(
        this HttpClient client, string page, string address, params (string Name, string Value)[] fields)
    {
        using var answer = await client.AskForOptionsAsync(page, address, fields);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Asks for them.</summary>
    public static async Task<HttpResponseMessage> AskForOptionsAsync(
        this HttpClient client, string page, string address, params (string Name, string Value)[] fields)
    {
        var token = (await client.PageAsync(page)).Token();
        using var form = new FormUrlEncodedContent(
            [KeyValuePair.Create("__RequestVerificationToken", token), .. fields.Select(KeyValue)]);
        return await client.PostAsync($"{address}?handler=Options", form);

        static KeyValuePair<string, string> KeyValue((string Name, string Value) field) =>
            KeyValuePair.Create(field.Name, field.Value);
    }

    /// <summary>Somebody's login.</summary>
    public static Task<Login> LoginOfAsync(this App app, Person person) => app.InScopeAsync(
        async (IServiceProvider services) =>
            (await services.GetRequiredService<UserManager<Login>>().FindByEmailAsync(person.Email))!);

    private static string Token(this AngleSharp.Html.Dom.IHtmlDocument page) =>
        page.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
}
