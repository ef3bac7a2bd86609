using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Pages;

/// <summary>An app whose clock the tests turn, and what people do on pages of credentials.</summary>
public sealed class CredentialStage : App
{
    public CredentialStage(TestPostgres postgres)
        : this(postgres, new ManualClock(new DateTimeOffset(2026, 1, 15, 12, 0, 0, TimeSpan.Zero)))
    {
    }

    private CredentialStage(TestPostgres postgres, ManualClock clock)
        : base(postgres, clock) => Time = clock;

    public ManualClock Time { get; }

    /// <summary>A program calls with a credential; what it did is written down before this returns.</summary>
    public async Task<HttpStatusCode> CallAsync(string header, string secret, string service = "", string client = "curl/8.5")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.TryAddWithoutValidation(header, secret);
        request.Headers.TryAddWithoutValidation("User-Agent", client);
        if (service.Length > 0)
        {
            request.Headers.Add("DD-SERVICE", service);
        }

        using var answer = await Visitor.SendAsync(request);
        await Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        return answer.StatusCode;
    }

    /// <summary>The row of a credential.</summary>
    public async Task<T> RowAsync<T>(Id<Credential> id)
        where T : Credential =>
        Assert.Single(await RowsAsync<T>(all => all.Where(credential => credential.Id == id)));

    /// <summary>Somebody with a role of their own that grants just these permissions.</summary>
    public async Task<Person> AddPersonWhoMayAsync(TestOrganization organization, params string[] permissions)
    {
        var name = $"role {Guid.NewGuid():N}";
        await InScopeAsync(async db =>
        {
            db.Add(new Role(organization.Id, name, permissions, managed: false, Now));
            await db.SaveChangesAsync();
        });
        return await this.AddPersonAsync(organization, $"{Guid.NewGuid():N}@people.example", role: name);
    }

    /// <summary>How many statements a page costs, once it is warm.</summary>
    public static async Task<int> CostAsync(HttpClient client, string page)
    {
        await client.PageAsync(page);
        using var statements = new Statements();
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        request.Headers.Add("traceparent", statements.TraceParent);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return statements.Texts.Count;
    }

    /// <summary>Makes callers of a credential by hand, one row each, as the usage flush would.</summary>
    public Task AddCallersAsync(Id<Credential> id, int from, int count, int calls) => InScopeAsync(async db =>
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO usage (credential_id, organization_id, day, address, client, service, calls, first_at, last_at)
            SELECT c.id, c.organization_id, ({Now} AT TIME ZONE 'UTC')::date - number, '10.1.0.' || number, 'robot/1',
                   'service ' || number, {calls}, {Now}, {Now}
            FROM credentials c, generate_series({from}, {from + count - 1}) number
            WHERE c.id = {id.Value}
            """);
        await db.Database.ExecuteSqlAsync($"UPDATE credentials SET last_used_at = {Now} WHERE id = {id.Value}");
    });
}

/// <summary>Where the pages are, and what is read off them.</summary>
internal static class CredentialPages
{
    public static string Settings(this TestOrganization organization, string page) =>
        $"/o/{organization.Slug}/organization-settings/{page}";

    public static string PageOf(this TestOrganization organization, IssuedKey key) =>
        organization.Settings($"credentials/{key.Id}");

    /// <summary>Posts to a page with a genuine token for forms, whether or not the page offers the button.</summary>
    public static async Task<HttpResponseMessage> ForceAsync(
        this HttpClient client, string tokenFrom, string address, params (string Name, string Value)[] fields)
    {
        var token = (await client.PageAsync(tokenFrom))
            .QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return await client.PostAsync(address, new FormUrlEncodedContent(
            fields.Select(field => KeyValuePair.Create(field.Name, field.Value))
                .Append(KeyValuePair.Create("__RequestVerificationToken", token))));
    }

    /// <summary>The page that an answer holds, as often as one likes.</summary>
    public static async Task<IHtmlDocument> ReadAsync(this HttpResponseMessage answer) =>
        await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());

    /// <summary>The secret that an answer shows.</summary>
    public static async Task<string> SecretAsync(this HttpResponseMessage answer, App app)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var secret = (await answer.ReadAsync()).QuerySelector("[data-secret]")!.TextContent.Trim();
        app.Plant(secret);
        return secret;
    }

    /// <summary>What the page says was refused.</summary>
    public static async Task<string> RefusalAsync(this HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.StatusCode);
        return (await answer.ReadAsync()).QuerySelector("[role=alert]")!.TextContent.Trim();
    }

    /// <summary>Follows an action back to the page, and reads what it says was done.</summary>
    public static async Task<string> DoneAsync(this HttpClient client, HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var page = await client.PageAsync(answer.Headers.Location!.ToString());
        return page.QuerySelector("[role=status]")!.TextContent.Trim();
    }

    public static string TextOf(this IHtmlDocument page, string selector) =>
        string.Join(' ', page.QuerySelector(selector)!.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public static IReadOnlyList<string> Buttons(this IHtmlDocument page) =>
        [.. page.QuerySelectorAll("main button").Select(button => button.TextContent.Trim())];
}
