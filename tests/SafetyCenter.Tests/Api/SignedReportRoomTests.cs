using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>A stranger does not have us hold bodies: not at all without a reporter's id, and few with one.</summary>
public sealed class SignedReportRoomTests(PartnersStage stage) : IClassFixture<PartnersStage>
{
    private const string At = "/api/v2/safety_center/leak_reports/signed";
    private const string Length = "Content-Length: 16000000";
    private const string Chunked = "Transfer-Encoding: chunked";

    private App App => stage.App;

    [Theory]
    [InlineData(Length)]
    [InlineData(Chunked)]
    public async Task Whoever_cannot_be_a_reporter_is_refused_before_the_body_comes(string framing)
    {
        var reporter = await ReporterAsync();
        var sends = await App.EnrolAsync(await App.CreateOrganizationAsync($"Sends {Guid.NewGuid():N}"));
        var good = PartnerReporting.SignedBy(reporter, "[]", App.Now);
        (string Name, string Value)[][] strangers =
        [
            [],
            [good[1], good[2]],
            [good[0], good[2]],
            [good[0], good[1]],
            [good[0], (good[1].Name, Seconds(App.Now.AddSeconds(-301))), good[2]],
            [good[0], (good[1].Name, "now"), good[2]],
            [good[0], good[1], (good[2].Name, "sha256=junk")],
            [good[0], good[1], (good[2].Name, good[2].Value[..^1] + "g")],
            [("X-Reporter-Id", "somebody"), good[1], good[2]],
            [("X-Reporter-Id", $"{Guid.NewGuid()}"), good[1], good[2]],
            PartnerReporting.SignedBy(sends, "[]", App.Now),
        ];
        foreach (var headers in strangers)
        {
            using var connection = await Connection.OpenAsync(App, framing, headers);
            Assert.Equal("HTTP/1.1 401 Unauthorized", await connection.StatusAsync());
        }
    }

    [Fact]
    public async Task In_the_name_of_one_reporter_few_bodies_are_held_and_others_are_not_kept_waiting()
    {
        var (reporter, other) = (await ReporterAsync(), await ReporterAsync());
        var room = App.Services.GetRequiredService<ReportRoom>();
        var taken = new List<IDisposable>();
        for (var count = 0; count < ReportRoom.OfReporterMax; count++)
        {
            taken.Add((await room.EnterAsync(reporter.Id, CancellationToken.None))!);
        }

        var waiting = App.PostAsync(At, "[]", PartnerReporting.SignedBy(reporter, "[]", App.Now));
        (await App.PostAsync(At, "[]", PartnerReporting.SignedBy(other, "[]", App.Now))).Must(HttpStatusCode.OK);
        Assert.False(waiting.IsCompleted);
        taken[0].Dispose();
        (await waiting).Must(HttpStatusCode.OK);
        taken[1..].ForEach(place => place.Dispose());
    }

    [Fact]
    public async Task In_all_few_bodies_are_held_and_not_many_wait()
    {
        using var room = new ReportRoom();
        var taken = new List<IDisposable>();
        for (var count = 0; count < ReportRoom.Max; count++)
        {
            taken.Add((await room.EnterAsync(new Id<LeakReporter>(Guid.NewGuid()), CancellationToken.None))!);
        }

        var reporter = new Id<LeakReporter>(Guid.NewGuid());
        var waiting = room.EnterAsync(reporter, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        taken[0].Dispose();
        (await waiting)!.Dispose();

        // A place that nobody is in is another's.
        using var first = (await room.EnterAsync(reporter, CancellationToken.None))!;
        var many = Enumerable.Range(0, ReportRoom.OfReporterMax + ReportRoom.WaitingMax)
            .Select(_ => room.EnterAsync(reporter, CancellationToken.None)).ToList();
        Assert.Null(await room.EnterAsync(reporter, CancellationToken.None));
        taken[1..].ForEach(place => place.Dispose());
        first.Dispose();
        foreach (var one in many)
        {
            (await one)?.Dispose();
        }
    }

    [Fact]
    public async Task A_body_that_does_not_come_keeps_its_place_for_a_minute()
    {
        var reporter = await ReporterAsync();
        using var connection = await Connection.OpenAsync(
            App, Length, PartnerReporting.SignedBy(reporter, "[]", App.Now));
        await connection.SendAsync("[");
        var answer = connection.AnswerAsync();
        await Eventually.IsTrueAsync(
            () =>
            {
                stage.Time.Advance(ReportRoom.Patience);
                return answer.IsCompleted;
            },
            "an answer");

        // The server itself would end one from which nothing comes, but not one that comes very slowly.
        Assert.StartsWith("HTTP/1.1 408 Request Timeout", await answer, StringComparison.Ordinal);
        Assert.Contains("The body must come within 60 seconds.", await answer, StringComparison.Ordinal);
        (await App.PostAsync(At, "[]", PartnerReporting.SignedBy(reporter, "[]", App.Now))).Must(HttpStatusCode.OK);
    }

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private async Task<Enrolled> ReporterAsync() => await App.EnrolAsync(
        await App.CreateOrganizationAsync($"Room {Guid.NewGuid():N}"), ReporterProof.Signature);

    /// <summary>A request of which the head has been sent.</summary>
    private sealed class Connection : IDisposable
    {
        private readonly TcpClient _client = new();

        public static async Task<Connection> OpenAsync(App app, string framing, (string Name, string Value)[] headers)
        {
            var connection = new Connection();
            await connection._client.ConnectAsync(IPAddress.Loopback, app.Address.Port);
            var lines = headers.Select(header => $"{header.Name}: {header.Value}")
                .Prepend("Content-Type: application/json").Append(framing);
            await connection.SendAsync(
                $"POST {At} HTTP/1.1\r\nHost: {app.Address.Authority}\r\n{string.Join("\r\n", lines)}\r\n\r\n");
            return connection;
        }

        public async Task SendAsync(string text) =>
            await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

        public async Task<string?> StatusAsync() => (await AnswerAsync()).Split("\r\n")[0];

        public async Task<string> AnswerAsync()
        {
            var (answer, buffer) = (new StringBuilder(), new byte[4096]);
            while (!answer.ToString().Contains("]}", StringComparison.Ordinal)
                && await _client.GetStream().ReadAsync(buffer) is > 0 and var length)
            {
                answer.Append(Encoding.ASCII.GetString(buffer, 0, length));
            }

            return answer.ToString();
        }

        public void Dispose() => _client.Dispose();
    }
}
