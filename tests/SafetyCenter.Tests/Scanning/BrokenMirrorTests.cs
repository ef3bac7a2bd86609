using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Tests.Scanning;

/// <summary>What happens to our copy of a repository, and to a look that is cut off: the next one goes on.</summary>
public sealed class BrokenMirrorTests(WatchingApp app) : IClassFixture<WatchingApp>, IAsyncLifetime
{
    private static readonly Dictionary<string, Action<string>> Breaking = new()
    {
        ["a truncated pack"] = mirror => Each(mirror, "*.pack", file => Write(file, bytes => bytes[..(bytes.Length / 2)])),
        ["a pack that is lost"] = mirror => Each(mirror, "*.pack", File.Delete),
        ["an index that is lost"] = mirror => Each(mirror, "*.idx", File.Delete),
        ["bytes that flipped"] = mirror => Each(mirror, "*.pack", file => Write(file, bytes =>
            [.. bytes.Select((one, at) => at > 20 && at < bytes.Length - 20 ? (byte)~one : one)])),
        ["files of no length"] = mirror => Each(mirror, "*", file => Write(file, _ => [])),
        ["half of its settings"] = mirror => File.WriteAllText(Path.Combine(mirror, "config"), "[core"),
        ["no settings, and a branch that git begins with"] = mirror =>
        {
            File.Delete(Path.Combine(mirror, "config"));
            File.WriteAllText(Path.Combine(mirror, "HEAD"), "ref: refs/heads/main\n");
        },
        ["a HEAD of no length"] = mirror => File.WriteAllText(Path.Combine(mirror, "HEAD"), ""),
        ["a branch of no length"] = mirror => File.WriteAllText(Path.Combine(mirror, "refs/heads/main"), ""),
        ["a branch that leads nowhere"] = mirror =>
            File.WriteAllText(Path.Combine(mirror, "refs/heads/main"), new string('a', 40) + "\n"),
        ["a list of limits that is junk"] = mirror => File.WriteAllText(Path.Combine(mirror, "shallow"), "junk\n"),
        ["locks that nobody holds"] = mirror =>
        {
            foreach (var name in new[] { "HEAD", "config", "packed-refs", "shallow", "refs/heads/main" })
            {
                File.WriteAllText(Path.Combine(mirror, $"{name}.lock"), "");
            }
        },
        ["no objects"] = mirror => Directory.Delete(Path.Combine(mirror, "objects"), recursive: true),
    };

    private readonly TestRepository _repository = new();
    private GitServer _server = null!;

    public static TheoryData<string> Ways => [.. Breaking.Keys];

    public async ValueTask InitializeAsync() => _server = await GitServer.StartAsync(_repository);

    public async ValueTask DisposeAsync()
    {
        await app.StopWatchingAsync();
        await _server.DisposeAsync();
        _repository.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_copy_that_is_broken_is_fetched_whole_again_within_the_same_look(string way)
    {
        var organization = await app.CreateOrganizationAsync("Broken");
        _repository.Commit("a.txt", new string('a', 1000));
        await WatchAsync(organization);
        Breaking[way](await MirrorAsync(organization));
        _repository.Commit("b.txt", organization.ApiKey.Secret);
        await HealsAsync(organization);
        Assert.Single(await app.PlacesOfAsync(organization.ApiKey));

        // And it is sound: what is new is all that is looked at next.
        var before = (await app.RepositoryOfAsync(organization)).Objects;
        _repository.Commit("c.txt", organization.ApplicationKey.Secret);
        await HealsAsync(organization);
        Assert.Single(await app.PlacesOfAsync(organization.ApplicationKey));
        Assert.Equal(before + 2, (await app.RepositoryOfAsync(organization)).Objects);
    }

    [Theory]
    [InlineData("a truncated pack")]
    [InlineData("a pack that is lost")]
    [InlineData("bytes that flipped")]
    public async Task A_copy_of_which_only_the_reading_shows_that_it_is_broken_is_fetched_whole_again(string way)
    {
        var organization = await app.CreateOrganizationAsync("Unreadable");
        _repository.Commit("a.txt", organization.ApiKey.Secret);
        await WatchAsync(organization);
        Breaking[way](await MirrorAsync(organization));
        await ForgetHeadsAsync(organization);
        await HealsAsync(organization);
        Assert.Equal(1, Assert.Single(await app.PlacesOfAsync(organization.ApiKey)).Times);
        Assert.Equal(4, (await app.RepositoryOfAsync(organization)).Objects);
    }

    [Fact]
    public async Task An_object_that_is_lost_is_missed_before_it_counts_as_looked_at()
    {
        var organization = await app.CreateOrganizationAsync("One lost");
        _repository.Commit("a.txt", organization.ApiKey.Secret);
        await WatchAsync(organization);
        var mirror = await MirrorAsync(organization);
        var lost = _repository.Git("rev-parse", "HEAD:a.txt").Trim();
        UnpackWithout(mirror, lost);
        await ForgetHeadsAsync(organization);
        await HealsAsync(organization);
        Assert.Equal(4, (await app.RepositoryOfAsync(organization)).Objects);
    }

    [Fact]
    public async Task A_server_that_is_away_costs_no_copy_and_a_whole_fetch_is_tried_once_in_a_look()
    {
        var organization = await app.CreateOrganizationAsync("Away");
        _repository.Commit("a.txt", "a");
        await WatchAsync(organization);
        var mirror = await MirrorAsync(organization);
        var ours = Path.Combine(mirror, "ours");
        File.WriteAllText(ours, "The same copy.");
        _server.Instead = context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        };
        app.Time.Jump(WatchedRepository.Interval);
        Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Contains("error: 503", (await app.RepositoryOfAsync(organization)).LastError, StringComparison.Ordinal);
        Assert.True(File.Exists(ours));

        // It hands out files now, but for one.
        (_server.Instead, _server.IsDumb) = (null, true);
        _repository.Commit("b.txt", "b");
        var lost = _repository.Git("rev-parse", "HEAD:b.txt").Trim();
        File.Delete(Path.Combine(_repository.Folder, ".git", "objects", lost[..2], lost[2..]));
        Breaking["no objects"](mirror);
        _server.Requests.Clear();
        app.Time.Jump(WatchedRepository.Interval);
        Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
        Assert.NotNull((await app.RepositoryOfAsync(organization)).LastError);
        Assert.InRange(
            _server.Requests.Count(path => path.EndsWith("info/refs", StringComparison.Ordinal)), 1, 4);
    }

    [Fact]
    public async Task A_look_that_is_cut_off_is_taken_up_at_once()
    {
        var organization = await app.CreateOrganizationAsync("Cut off");
        _repository.Commit("a.txt", organization.ApiKey.Secret);
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}")).Dispose();
        _server.Instead = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var stop = new CancellationTokenSource();
        var look = app.InScopeAsync(
            (IServiceProvider services) => services.GetRequiredService<RepositoryLook>().NextAsync(stop.Token));
        await Eventually.IsTrueAsync(() => !_server.Requests.IsEmpty, "a fetch under way");
        Assert.NotNull((await app.RepositoryOfAsync(organization)).LeasedUntil);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
        var left = await app.RepositoryOfAsync(organization);
        Assert.Equal((null, null, null), (left.LeasedUntil, left.LastError, left.LookedAt));

        _server.Instead = null;
        Assert.Contains("Looked = 1, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Single(await app.PlacesOfAsync(organization.ApiKey));
    }

    [Fact]
    public async Task When_the_program_ends_the_job_ends_without_a_complaint_and_gives_back_what_it_had()
    {
        var organization = await app.CreateOrganizationAsync("Stopped");
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}")).Dispose();
        _server.Instead = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var life = new ProgramLife();
        var job = new WatchRepositories(app.Services.GetRequiredService<IServiceScopeFactory>(), life)
            .RunAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(() => !_server.Requests.IsEmpty, "a fetch under way");
        life.StopApplication();
        Assert.Contains("Looked = 0, Failed = 0", $"{await job}", StringComparison.Ordinal);
        Assert.Null((await app.RepositoryOfAsync(organization)).LeasedUntil);
    }

    [Fact]
    public async Task More_findings_than_one_report_takes_are_all_reported_in_parts()
    {
        var organization = await app.CreateOrganizationAsync("Full of keys");
        var format = app.Services.GetRequiredService<SecretFormat>();
        var keys = Enumerable.Range(0, RepositoryLook.FindingsMax + 500)
            .Select(_ => format.Mint(SecretKind.ApplicationKey).Reveal()).ToList();
        keys.Insert(keys.Count / 2, organization.ApplicationKey.Secret);
        _repository.Commit("keys.txt", string.Join('\n', [organization.ApiKey.Secret, .. keys, organization.ApiKey.Secret]));
        await WatchAsync(organization);

        var repository = await app.RepositoryOfAsync(organization);
        Assert.Equal((null, 3), (repository.LastError, repository.Found));
        Assert.Equal(
            [1, keys.Count + 2],
            (await app.PlacesOfAsync(organization.ApiKey)).Select(LineOf).Order());
        Assert.Equal((keys.Count / 2) + 2, LineOf(Assert.Single(await app.PlacesOfAsync(organization.ApplicationKey))));
        var name = $"repository:{repository.Id}";
        var reports = await app.RowsAsync<LeakReport>(all => all.Where(report => report.Reporter == name));
        Assert.Equal(2, reports.Count);
        Assert.Equal(keys.Count + 2, reports.Sum(report => report.Items));
        Assert.All(reports, report => Assert.InRange(report.Items, 1, RepositoryLook.FindingsMax));

        static int LineOf(Occurrence place) => int.Parse(place.Place.Split("line ")[1].Split(',')[0], null);
    }

    [Fact]
    public async Task A_look_that_takes_too_long_is_stopped_and_tells_what_it_found_and_the_next_goes_over_it_again()
    {
        var organization = await app.CreateOrganizationAsync("Slow to look through");
        _repository.Commit("a.txt", "a");
        await WatchAsync(organization);

        // One part is reported and another waits, so that whoever reads still has some of these to pass on.
        var format = app.Services.GetRequiredService<SecretFormat>();
        var keys = Enumerable.Range(0, (2 * RepositoryLook.FindingsMax) + 100)
            .Select(_ => format.Mint(SecretKind.ApplicationKey).Reveal());
        var commit = _repository.Commit("keys.txt", string.Join('\n', [.. keys, organization.ApiKey.Secret]));
        app.Time.Jump(WatchedRepository.Interval);
        Task<string> look = Task.FromResult("");
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync($"LOCK TABLE leak_reports IN EXCLUSIVE MODE");
            look = app.LookAsync();
            await app.SomebodyWaitsAsync();
            app.Time.Advance(TimeSpan.FromMinutes(new RepositoryOptions().MinutesMax));
            await transaction.CommitAsync();
        });
        Assert.Contains("Looked = 0, Failed = 1", await look, StringComparison.Ordinal);
        var failed = await app.RepositoryOfAsync(organization);
        Assert.Equal(
            ("Looking through it took longer than 10 minutes, and was stopped.", 2, 0),
            (failed.LastError, failed.Objects, failed.Found));

        // Whether git still had the time to say by which commit it came depends on who was faster.
        Assert.Contains("keys.txt", Assert.Single(await app.PlacesOfAsync(organization.ApiKey)).Place, StringComparison.Ordinal);

        app.Time.Jump(WatchedRepository.Interval);
        await HealsAsync(organization);
        var looked = await app.RepositoryOfAsync(organization);
        Assert.Equal((4, 1), (looked.Objects, looked.Found));
        Assert.Single(
            await app.PlacesOfAsync(organization.ApiKey),
            place => place.Place.Contains(commit[..7], StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_nobody_foresaw_is_told_to_the_operator_and_tried_less_and_less_often()
    {
        var organization = await app.CreateOrganizationAsync("Unforeseen");
        _repository.Commit("a.txt", "a");
        await WatchAsync(organization);
        await app.InScopeAsync(async db => await db.Database.ExecuteSqlAsync(
            $"UPDATE watched_repositories SET heads = ARRAY['no hash'] WHERE organization_id = {organization.Id.Value}"));
        app.Time.Jump(WatchedRepository.Interval);
        Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
        var failed = await app.RepositoryOfAsync(organization);
        Assert.StartsWith("Something went wrong on our side.", failed.LastError, StringComparison.Ordinal);
        Assert.Equal((null, WatchedRepository.Interval), (failed.LeasedUntil, failed.DueAt - app.Now));
        Assert.Contains(app.Log.Lines, line => line.Level == Microsoft.Extensions.Logging.LogLevel.Error
            && line.Text.Contains($"{failed.Id}", StringComparison.Ordinal)
            && line.Text.Contains("no object's hash", StringComparison.Ordinal));
    }

    private async Task WatchAsync(TestOrganization organization)
    {
        using var admin = await app.SignedInAsync(organization.Admin);
        using var added = await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}");
        Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);
        Assert.Contains("Looked = 1, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
    }

    private async Task HealsAsync(TestOrganization organization)
    {
        app.Time.Jump(WatchedRepository.Interval);
        var said = await app.LookAsync();
        Assert.Null((await app.RepositoryOfAsync(organization)).LastError);
        Assert.Contains("Looked = 1, Failed = 0", said, StringComparison.Ordinal);
    }

    private async Task<string> MirrorAsync(TestOrganization organization) =>
        Path.Combine(app.DataFolder, "repositories", $"{(await app.RepositoryOfAsync(organization)).Id}");

    // As when the first look had been cut off after the fetch.
    private Task<int> ForgetHeadsAsync(TestOrganization organization) => app.InScopeAsync((SafetyCenterDb db) =>
        db.Database.ExecuteSqlAsync(
            $"UPDATE watched_repositories SET heads = ARRAY[]::text[] WHERE organization_id = {organization.Id.Value}"));

    private void UnpackWithout(string mirror, string lost)
    {
        Each(mirror, "*.pack", File.Delete);
        foreach (var file in Directory.EnumerateFiles(
            Path.Combine(_repository.Folder, ".git", "objects"), "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Path.Combine(_repository.Folder, ".git"), file);
            if (name.Replace("/", "", StringComparison.Ordinal) != $"objects{lost}")
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(mirror, name))!);
                File.Copy(file, Path.Combine(mirror, name), overwrite: true);
            }
        }
    }

    private static void Each(string mirror, string pattern, Action<string> act)
    {
        var files = Directory.GetFiles(mirror, pattern, SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Array.ForEach(files, act);
    }

    private static void Write(string file, Func<byte[], byte[]> change)
    {
        var bytes = change(File.ReadAllBytes(file));
        File.Delete(file);
        File.WriteAllBytes(file, bytes);
    }
}
