using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>
/// A stranger does not have us hold bodies: not at all without the id of a reporter or of a partner's key, and few large ones
/// with one. What is small is never kept waiting by them.
/// </summary>
public sealed class ReportRoomTests(PartnersStage stage) : IClassFixture<PartnersStage>
{
    private const string At = "/api/v2/safety_center/leak_reports/signed";
    private const string Length = "Content-Length: 16000000";
    private const string Chunked = "Transfer-Encoding: chunked";
    private static readonly string Small = "[]".PadRight(ReportRoom.SmallBytes);
    private static readonly string Large = "[]".PadRight(ReportRoom.SmallBytes + 1);

    private App App => stage.App;

    private ReportRoom Room => App.Services.GetRequiredService<ReportRoom>();

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_the_name_of_one_sender_few_large_bodies_are_held_and_others_are_not_kept_waiting(bool isPartner)
    {
        var (sender, other) = (await SenderAsync(isPartner), await SenderAsync(isPartner: false));
        var taken = await FillAsync(sender);

        var waiting = sender.SendAsync(Large);
        (await other.SendAsync(Large)).Must(HttpStatusCode.OK);
        (await sender.SendAsync(Small)).Must(HttpStatusCode.OK);
        Assert.False(waiting.IsCompleted);
        taken[0].Dispose();
        (await waiting).Must(HttpStatusCode.OK);

        // Whoever is found to be a forger gives the place back.
        for (var time = 0; time <= ReportRoom.OfSenderMax; time++)
        {
            (await sender.ForgeAsync(Large)).Must(HttpStatusCode.Unauthorized);
        }

        taken[1..].ForEach(place => place.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_many_wait_whoever_comes_with_much_is_asked_to_come_again(bool isPartner)
    {
        var sender = await SenderAsync(isPartner);
        var taken = await FillAsync(sender);
        var waiting = Enumerable.Range(0, ReportRoom.WaitingMax)
            .Select(_ => Room.EnterAsync(sender.Name, CancellationToken.None)).ToList();

        var refused = (await sender.SendAsync(Large)).Must(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(ReportRates.ReportEach, refused.RetryAfter);
        Assert.Contains("in parts", refused.Error, StringComparison.Ordinal);
        (await sender.SendAsync(Small)).Must(HttpStatusCode.OK);

        taken.ForEach(place => place.Dispose());
        foreach (var place in waiting)
        {
            (await place)!.Dispose();
        }

        (await sender.SendAsync(Large)).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task In_all_few_bodies_are_held()
    {
        using var room = new ReportRoom(stage.Time);
        var taken = new List<IDisposable>();
        for (var count = 0; count < ReportRoom.Max; count++)
        {
            taken.Add((await room.EnterAsync($"{count / ReportRoom.OfSenderMax}", CancellationToken.None))!);
        }

        var waiting = room.EnterAsync("another", CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        taken[0].Dispose();
        (await waiting)!.Dispose();
        taken[1..].ForEach(place => place.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_does_not_come_keeps_its_place_for_a_minute(bool isPartner)
    {
        var sender = await SenderAsync(isPartner);
        using var connection = await Connection.OpenAsync(App, Length, sender.Sign(Large), sender.At);
        await connection.SendAsync(Large);

        // Its time is judged by the head, so that the clock must stand until that was read.
        await Eventually.IsTrueAsync(async () => !await HasRoomAsync(sender), "the place being taken");
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
        Assert.True(await HasRoomAsync(sender));
    }

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private async Task<Enrolled> ReporterAsync() => await App.EnrolAsync(
        await App.CreateOrganizationAsync($"Room {Guid.NewGuid():N}"), ReporterProof.Signature);

    private async Task<Sender> SenderAsync(bool isPartner)
    {
        if (isPartner)
        {
            var origin = PartnerOrigin.GitLab;
            return new Sender(App, origin.Address, origin.Reporter, body => stage.GitLab.SignedWith(origin.Headers[0], body));
        }

        var reporter = await ReporterAsync();
        return new Sender(App, At, $"{reporter.Id}", body => PartnerReporting.SignedBy(reporter, body, App.Now));
    }

    private async Task<List<IDisposable>> FillAsync(Sender sender)
    {
        var taken = new List<IDisposable>();
        for (var count = 0; count < ReportRoom.OfSenderMax; count++)
        {
            taken.Add((await Room.EnterAsync(sender.Name, CancellationToken.None))!);
        }

        return taken;
    }

    /// <summary>Whether all places of a sender are free.</summary>
    private async Task<bool> HasRoomAsync(Sender sender)
    {
        using var enough = new CancellationTokenSource();
        var places = Enumerable.Range(0, ReportRoom.OfSenderMax).Select(_ => Room.EnterAsync(sender.Name, enough.Token)).ToList();
        var areFree = places.TrueForAll(place => place.IsCompleted);
        await enough.CancelAsync();
        foreach (var place in places)
        {
            await ((Task)place).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (place.IsCompletedSuccessfully)
            {
                (await place)!.Dispose();
            }
        }

        return areFree;
    }

    /// <summary>Who signs reports.</summary>
    private sealed record Sender(App App, string At, string Name, Func<string, (string Name, string Value)[]> Sign)
    {
        public Task<Heard> SendAsync(string body) => App.PostAsync(At, body, Sign(body));

        public Task<Heard> ForgeAsync(string body) => App.PostAsync(At, body, Sign(body + " "));
    }

    /// <summary>A request of which the head has been sent.</summary>
    private sealed class Connection : IDisposable
    {
        private readonly TcpClient _client = new();

        public static async Task<Connection> OpenAsync(
            App app, string framing, (string Name, string Value)[] headers, string path = At)
        {
            var connection = new Connection();
            await connection._client.ConnectAsync(IPAddress.Loopback, app.Address.Port);
            var lines = headers.Select(header => $"{header.Name}: {header.Value}")
                .Prepend("Content-Type: application/json").Append(framing);
            await connection.SendAsync(
                $"POST {path} HTTP/1.1\r\nHost: {app.Address.Authority}\r\n{string.Join("\r\n", lines)}\r\n\r\n");
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
