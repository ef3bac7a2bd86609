using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Support;

/// <summary>The product with a clock that a test moves, for a class of tests; it counts how often a password is hashed.</summary>
public sealed class ClockedApp : App
{
    public ClockedApp(TestPostgres postgres)
        : this(postgres, new ManualClock())
    {
    }

    private ClockedApp(TestPostgres postgres, ManualClock clock)
        : base(postgres, clock) => Time = clock;

    public ManualClock Time { get; }

    /// <summary>How many passwords were hashed so far, to set one, to check one, or for show.</summary>
    public int Hashes { get; private set; }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureTestServices(services => services.AddScoped<IPasswordHasher<Login>>(provider =>
            new CountingHasher(this, ActivatorUtilities.CreateInstance<Web.Identity.PasswordHasher>(provider))));
    }

    private sealed class CountingHasher(ClockedApp app, IPasswordHasher<Login> inner) : IPasswordHasher<Login>
    {
        public string HashPassword(Login user, string password)
        {
            app.Hashes++;
            return inner.HashPassword(user, password);
        }

        public PasswordVerificationResult VerifyHashedPassword(Login user, string hashedPassword, string providedPassword)
        {
            app.Hashes++;
            return inner.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}

/// <summary>What people do to get in, and to show again who they are.</summary>
public static class SigningIn
{
    /// <summary>Tries to sign in, with whatever comes of it.</summary>
    public static Task<HttpResponseMessage> TryToSignInAsync(
        this HttpClient client, string email, string password, string page = "/sign-in") =>
        client.PostFormAsync(page, "Sign in", within: "main", ("email", email), ("password", password));

    /// <summary>Whether a page lets them in.</summary>
    public static async Task<System.Net.HttpStatusCode> StatusOfAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return answer.StatusCode;
    }

    /// <summary>Sends a form on that the page of an answer holds, filled in as it is but for the fields given.</summary>
    public static async Task<HttpResponseMessage> SendOnAsync(
        this HttpClient client, HttpResponseMessage answer, params (string Name, string Value)[] fields)
    {
        // As a string, which can be read again after a test has looked at the page.
        var html = await answer.Content.ReadAsStringAsync();
        var form = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(html).QuerySelector("main form")!;
        var filled = form.QuerySelectorAll("input[name]")
            .Select(input => (Name: input.GetAttribute("name")!, Value: input.GetAttribute("value") ?? ""))
            .Where(field => fields.All(given => given.Name != field.Name))
            .Concat(fields)
            .Select(field => KeyValuePair.Create(field.Name, field.Value));
        using var content = new FormUrlEncodedContent(filled);
        return await client.PostAsync(form.GetAttribute("action"), content);
    }

    /// <summary>Sends a form that no page shows, with the antiforgery token of one that they see.</summary>
    public static async Task<HttpResponseMessage> PostWithTokenOfAsync(
        this HttpClient client, string page, string address, params (string Name, string Value)[] fields)
    {
        const string token = "__RequestVerificationToken";
        var value = (await client.PageAsync(page)).QuerySelector($"input[name={token}]")!.GetAttribute("value")!;
        using var content = new FormUrlEncodedContent(
            fields.Append((token, value)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        return await client.PostAsync(address, content);
    }

    /// <summary>Says that an organization requires a second factor.</summary>
    public static Task RequireSecondFactorAsync(this App app, TestOrganization organization) =>
        app.InScopeAsync(async db =>
        {
            var row = await db.Organizations.FindAsync(organization.Id);
            row!.SetPolicy("mfa_required", policies => policies.RequiresSecondFactor = true, app.Now);
            await db.SaveChangesAsync();
        });
}
