using System.Net;
using System.Text;
using System.Text.Json;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.OAuth;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Lets programs register themselves, and believes this machine where they call from.</summary>
public sealed class OpenApp(TestPostgres postgres)
    : App(
        postgres,
        new ManualClock(),
        mail: null,
        ("OAuth:DynamicRegistration", "true"),
        ("Gateway:TrustedProxies", "127.0.0.1, ::1"))
{
    public const string RegisterAt = "/api/v2/oauth2/register";

    /// <summary>The least that a program must say of itself.</summary>
    public const string Minimal = """{"redirect_uris":["http://127.0.0.1/callback"]}""";

    private int _visitors;

    public ManualClock Time => (ManualClock)Clock;

    /// <summary>Sends what a program says of itself.</summary>
    /// <param name="body">It.</param>
    /// <param name="type">What it says that the body is.</param>
    /// <param name="from">
    /// Where it calls from. Unless one is given, from an address of its own, and now and then a minute later, so that no
    /// test but those about it meets the limits of the rate.
    /// </param>
    public async Task<HttpResponseMessage> SendAsync(string body, string type = "application/json", string? from = null)
    {
        if (from is null)
        {
            var number = Interlocked.Increment(ref _visitors);
            from = $"192.0.2.{number % 250}";
            if (number % (RegistrationRate.TriesOfAll / 2) == 0)
            {
                Time.Advance(RegistrationRate.Window);
            }
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, RegisterAt)
        {
            Content = new StringContent(body, Encoding.UTF8, type),
        };
        request.Headers.Add("X-Forwarded-For", from);
        return await Visitor.SendAsync(request);
    }

    /// <summary>The same, where only the status matters.</summary>
    public async Task<HttpStatusCode> TryAsync(string body, string? from = null)
    {
        using var answer = await SendAsync(body, from: from);
        return answer.StatusCode;
    }
}

/// <summary>What programs read.</summary>
internal static class Answers
{
    /// <summary>The JSON of an answer.</summary>
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
}
