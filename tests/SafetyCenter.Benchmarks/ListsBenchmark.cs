using System.Net;
using System.Text.RegularExpressions;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// Lists of API keys in organizations of different sizes: a page must cost what it shows, and not what there is.
/// </summary>
internal static partial class ListsBenchmark
{
    private const int Many = 100_000;
    private const int Connections = 8;

    private static readonly TimeSpan SliceTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync()
    {
        await using var stage = await Stage.StartAsync();
        var (ten, sixty, many) = (await FoundAsync(stage, 10), await FoundAsync(stage, 60), await FoundAsync(stage, Many));
        await stage.SettleAsync();
        await using var server = await stage.ServeAsync();
        using var load = new Load(server, Connections);
        var report = new Report("Lists: calls a second with 100,000 keys, of those with few");
        report.AtLeast(
            "API, ten rows a page, against 10 keys",
            await CompareAsync(load, List(ten, "?page[size]=10"), List(many, "?page[size]=10")), 0.75);
        report.AtLeast(
            "API, ten rows a page, newest first",
            await CompareAsync(
                load, List(ten, "?page[size]=10&sort=-created_at"), List(many, "?page[size]=10&sort=-created_at")), 0.75);

        var small = await PageAsync(server, sixty);
        var large = await PageAsync(server, many);
        report.AtLeast(
            "page, 50 rows of 60 keys and of 100,000", await CompareAsync(load, small.At(""), large.At("")), 0.75);
        var smallest = await PageAsync(server, ten);
        Report.Says(
            "page, 50 rows of 100,000 keys against 10 of 10",
            Report.Text(Math.Round(await CompareAsync(load, smallest.At(""), large.At("")), 2)));
        var deep = (string)(await stage.AskAsync(
            """
            SELECT (extract(epoch FROM created_at) * 10000000 + 621355968000000000)::bigint || '_' || replace(id::text, '-', '')
            FROM credentials WHERE organization_id = $1 ORDER BY created_at DESC, id DESC OFFSET 50000 LIMIT 1
            """,
            many.Id))!;
        report.AtLeast(
            "page 1,001 against the first", await CompareAsync(load, large.At(""), large.At($"?after={deep}")), 0.80);
        return report.End();
    }

    private static async Task<double> CompareAsync(Load load, byte[] few, byte[] all)
    {
        await load.RunAsync([few, all], 200, WarmUp);
        var compared = await Comparison.RunAsync(
            rounds: 3, () => load.RunAsync([few], 200, SliceTime), () => load.RunAsync([all], 200, SliceTime));
        await Console.Error.WriteLineAsync(
            $"({compared.Base.CallsPerSecond:0}/s and {compared.Contender.CallsPerSecond:0}/s, "
            + $"processor time {compared.ProcessorTime:0.00})");
        return compared.Rate;
    }

    // Bootstrap has made one key.
    private static async Task<Founded> FoundAsync(Stage stage, int keys)
    {
        var organization = await stage.FoundAsync($"with-{keys}");
        await stage.IssueAsync(organization, keys - 1);
        return organization;
    }

    private static byte[] List(Founded organization, string query) => Load.Get(
        $"/api/v2/api_keys{query}",
        ("DD-API-KEY", organization.ApiKey),
        ("DD-APPLICATION-KEY", organization.ApplicationKey));

    /// <summary>Signs in as the admin.</summary>
    private static async Task<SignedIn> PageAsync(Served server, Founded organization)
    {
        var cookies = new CookieContainer();
        using var client = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false });
        var address = new Uri(server.Address, "/sign-in");
        var token = FormToken().Match(await client.GetStringAsync(address)).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["email"] = organization.Email,
            ["password"] = organization.Password,
            ["__RequestVerificationToken"] = token,
        });
        using var answer = await client.PostAsync(address, form);
        return answer.StatusCode == HttpStatusCode.Redirect
            ? new SignedIn(organization, cookies.GetCookieHeader(address))
            : throw new InvalidOperationException($"Signing in was answered with {answer.StatusCode}.");
    }

    private sealed record SignedIn(Founded Organization, string Cookies)
    {
        public byte[] At(string query) =>
            Load.Get($"/o/{Organization.Slug}/organization-settings/api-keys{query}", ("Cookie", Cookies));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]* value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
