using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>An admin has us watch a repository, and what is found in it raises the alert without anybody's webhook.</summary>
public sealed class WatchedRepositoriesTests(WatchingApp app) : IClassFixture<WatchingApp>, IAsyncLifetime
{
    private readonly TestRepository _repository = new();
    private GitServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await GitServer.StartAsync(_repository);

    public async ValueTask DisposeAsync()
    {
        await app.StopWatchingAsync();
        await _server.DisposeAsync();
        _repository.Dispose();
    }

    [Fact]
    public async Task The_first_look_goes_through_the_whole_history_and_the_next_only_through_what_is_new()
    {
        var organization = await app.CreateOrganizationAsync("History");
        var commit = _repository.Commit("deploy/.env", $"A=1\nDD_API_KEY={organization.ApiKey.Secret}\n");
        _repository.Commit("deploy/.env", "A=1\n");
        using var admin = await app.SignedInAsync(organization.Admin);
        using (var added = await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}"))
        {
            Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);
        }

        Assert.Contains("Looked = 1, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
        var place = Assert.Single(await app.PlacesOfAsync(organization.ApiKey));
        Assert.Equal($"deploy/.env, line 2, commit {commit} in {_server.Url}", place.Place);
        Assert.False(place.IsPublic);
        Assert.Equal((4, 1), await ToldAsync());
        Assert.Contains("Looked = 0, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);

        // A quarter of an hour later there is one commit more, with one content.
        app.Time.Jump(WatchedRepository.Interval);
        _repository.Commit("app.config", organization.ApplicationKey.Secret);
        Assert.Contains("Looked = 1, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Single(await app.PlacesOfAsync(organization.ApplicationKey));
        Assert.Equal((6, 2), await ToldAsync());
        Assert.Equal(1, Assert.Single(await app.PlacesOfAsync(organization.ApiKey)).Times);

        // And then nothing is.
        app.Time.Jump(WatchedRepository.Interval);
        await app.LookAsync();
        Assert.Equal((6, 2), await ToldAsync());
        var row = (await admin.PageAsync(RepositoriesApp.Page(organization))).QuerySelector("[data-repository]")!.TextContent;
        Assert.Contains("6 objects", row, StringComparison.Ordinal);
        Assert.Contains("just now", row, StringComparison.Ordinal);
        Assert.Contains("2 places", row, StringComparison.Ordinal);

        async Task<(long Objects, int Found)> ToldAsync()
        {
            var watched = await app.RepositoryOfAsync(organization);
            Assert.Null(watched.LastError);
            Assert.Equal(app.Now, watched.LookedAt);
            return (watched.Objects, watched.Found);
        }
    }

    [Fact]
    public async Task A_public_repository_makes_public_places_and_only_its_own_organizations_keys_are_looked_for()
    {
        var (acme, globex) = (await app.CreateOrganizationAsync("Acme"), await app.CreateOrganizationAsync("Globex"));
        _repository.Commit("keys.txt", $"{acme.ApiKey.Secret}\n{globex.ApiKey.Secret}\n");
        using var ann = await app.SignedInAsync(acme.Admin);
        (await RepositoriesApp.AddAsync(ann, acme, $"{_server.Url}", ("isPublic", "true"))).Dispose();
        await app.LookAsync();

        Assert.True(Assert.Single(await app.PlacesOfAsync(acme.ApiKey)).IsPublic);
        Assert.Empty(await app.PlacesOfAsync(globex.ApiKey));
        Assert.Equal(1, (await app.RepositoryOfAsync(acme)).Found);
    }

    [Fact]
    public async Task A_private_one_is_asked_for_with_a_token_that_nobody_sees_again()
    {
        const string token = "glpat-a-token-for-reading-only";
        app.Plant(token);
        app.Plant(Convert.ToBase64String(Encoding.UTF8.GetBytes($"ann:{token}")));
        var organization = await app.CreateOrganizationAsync("Private");
        _server.Demands = $"ann:{token}";
        _repository.Commit("key.txt", organization.ApiKey.Secret);
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(
            admin, organization, $"{_server.Url}", ("userName", "ann"), ("token", token))).Dispose();
        await app.LookAsync();
        Assert.Single(await app.PlacesOfAsync(organization.ApiKey));
        var shown = await admin.PageAsync(RepositoriesApp.Page(organization));
        Assert.Contains("asked for as ann", shown.Body!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(token, shown.Source.Text, StringComparison.Ordinal);

        // Nor when it is not taken any more.
        _server.Demands = "ann:another";
        app.Time.Jump(WatchedRepository.Interval);
        Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
        var page = await admin.PageAsync(RepositoriesApp.Page(organization));
        Assert.Contains(
            "The last look failed: The server wants a user name and a token, or does not take these.",
            page.Body!.TextContent,
            StringComparison.Ordinal);
        Assert.DoesNotContain(token, page.Source.Text, StringComparison.Ordinal);
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(app.DataFolder, "repositories"), "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain(token, File.ReadAllText(file), StringComparison.Ordinal));
        await app.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task What_fails_is_told_and_tried_less_and_less_often_until_it_works()
    {
        var organization = await app.CreateOrganizationAsync("Failing");
        _repository.Commit("a.txt", "a");
        _server.Instead = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}")).Dispose();
        var added = app.Now;
        foreach (var waits in new[] { 15, 15, 30, 60, 120 })
        {
            await app.LookAsync();
            var failed = await app.RepositoryOfAsync(organization);
            Assert.Equal("There is no repository at this address, or it is private.", failed.LastError);
            Assert.Equal(TimeSpan.FromMinutes(waits), failed.DueAt - app.Now);
            app.Time.Jump(failed.DueAt - app.Now);
        }

        Assert.Equal(TimeSpan.FromHours(4), app.Now - added);
        _server.Instead = null;
        await app.LookAsync();
        var watched = await app.RepositoryOfAsync(organization);
        Assert.Null(watched.LastError);
        Assert.Equal(WatchedRepository.Interval, watched.DueAt - app.Now);
    }

    [Fact]
    public async Task Look_now_does_not_wait_and_Delete_forgets_the_token_and_the_copy()
    {
        var organization = await app.CreateOrganizationAsync("Acts");
        _repository.Commit("a.txt", "a");
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(
            admin, organization, $"{_server.Url}", ("token", "some-token-of-theirs"))).Dispose();
        await app.LookAsync();
        var mirror = Path.Combine(app.DataFolder, "repositories", $"{(await app.RepositoryOfAsync(organization)).Id}");
        Assert.True(Directory.Exists(mirror));

        _repository.Commit("b.txt", organization.ApiKey.Secret);
        (await admin.PostFormAsync(RepositoriesApp.Page(organization), "Look now")).Dispose();
        await app.LookAsync();
        Assert.Single(await app.PlacesOfAsync(organization.ApiKey));

        (await admin.PostFormAsync(RepositoriesApp.Page(organization), "Delete")).Dispose();
        Assert.Empty((await admin.PageAsync(RepositoriesApp.Page(organization))).QuerySelectorAll("[data-repository]"));
        app.Time.Jump(WatchedRepository.Interval);
        Assert.Contains("Looked = 0, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Null((await app.RepositoryOfAsync(organization)).SealedToken);
        Assert.False(Directory.Exists(mirror));
    }

    [Fact]
    public async Task What_an_instance_looks_into_no_other_takes_until_its_time_is_over()
    {
        var organization = await app.CreateOrganizationAsync("Leased");
        _repository.Commit("a.txt", "a");
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}")).Dispose();
        await app.InScopeAsync(async db =>
        {
            var row = db.Attach(await app.RepositoryOfAsync(organization)).Entity;
            row.Take(app.Now);
            await db.SaveChangesAsync();
        });
        Assert.Contains("Looked = 0, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "A look is under way.",
            (await admin.PageAsync(RepositoriesApp.Page(organization))).Body!.TextContent,
            StringComparison.Ordinal);

        app.Time.Jump(WatchedRepository.Lease);
        Assert.Contains("Looked = 1, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_was_lost_is_fetched_again_and_nothing_is_looked_at_twice()
    {
        var organization = await app.CreateOrganizationAsync("Lost");
        _repository.Commit("a.txt", organization.ApiKey.Secret);
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}")).Dispose();
        await app.LookAsync();
        Directory.Delete(Path.Combine(app.DataFolder, "repositories"), recursive: true);

        app.Time.Jump(WatchedRepository.Interval);
        Assert.Contains("Looked = 1, Failed = 0", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await app.RepositoryOfAsync(organization)).Objects);
    }

    [Fact]
    public async Task Another_organizations_repository_is_not_there_and_without_the_permission_nobody_enters()
    {
        var (acme, globex) = (await app.CreateOrganizationAsync("Mine"), await app.CreateOrganizationAsync("Theirs"));
        using var ann = await app.SignedInAsync(acme.Admin);
        using var carl = await app.SignedInAsync(globex.Admin);
        (await RepositoriesApp.AddAsync(ann, acme, $"{_server.Url}")).Dispose();
        var id = (await app.RepositoryOfAsync(acme)).Id;
        foreach (var handler in new[] { "Look", "Delete" })
        {
            using var foreign = await carl.PostWithTokenOfAsync(
                RepositoriesApp.Page(globex), $"{RepositoriesApp.Page(globex)}?handler={handler}&repository={id}");
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }

        Assert.Empty((await carl.PageAsync(RepositoriesApp.Page(globex))).QuerySelectorAll("[data-repository]"));
        Assert.Null((await app.RepositoryOfAsync(acme)).DeletedAt);

        using var bob = await app.SignedInAsync(await app.AddPersonAsync(acme, "bob@mine.example", "Bob Builder"));
        Assert.Equal(HttpStatusCode.Forbidden, await bob.StatusOfAsync(RepositoriesApp.Page(acme)));
    }

    [Fact]
    public async Task What_cannot_be_added_is_refused_with_the_fields_as_typed_but_for_the_token()
    {
        var organization = await app.CreateOrganizationAsync("Refused");
        using var admin = await app.SignedInAsync(organization.Admin);
        (await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}")).Dispose();
        await RefusedAsync("This repository is watched already.", $"{_server.Url}", "ann", "a-token");
        await RefusedAsync("Give the token that belongs to the user name, or leave both empty.", $"{_server.Url}2", "ann", "");
        await RefusedAsync("This is no user name.", $"{_server.Url}2", "an:n", "a-token");
        await RefusedAsync("This is no token.", $"{_server.Url}2", "ann", "a-token\r\nInjected: yes");
        await RefusedAsync(
            "Leave user and password out of the address; there are fields for them.", "http://a:b@127.0.0.1/x", "ann", "a-token");
        Assert.Single(await app.RowsAsync<WatchedRepository>(all => all.Where(row => row.OrganizationId == organization.Id)));

        async Task RefusedAsync(string why, string url, string userName, string token)
        {
            using var answer = await RepositoriesApp.AddAsync(
                admin, organization, url, ("userName", userName), ("token", token), ("isPublic", "true"));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            var page = await answer.DocumentAsync();
            Assert.Equal(why, page.QuerySelector("[role=alert]")!.TextContent.Trim());
            Assert.Equal(url, page.QuerySelector("#url")!.GetAttribute("value"));
            Assert.Equal(userName, page.QuerySelector("#userName")!.GetAttribute("value"));
            Assert.True(page.QuerySelector("[name=isPublic]")!.HasAttribute("checked"));
            Assert.Equal("", page.QuerySelector("#token")!.GetAttribute("value") ?? "");
        }
    }

    [Fact]
    public async Task A_full_list_takes_as_many_statements_as_a_short_one_and_no_more_repositories()
    {
        var organization = await app.CreateOrganizationAsync("Many");
        using var admin = await app.SignedInAsync(organization.Admin);
        await FillAsync(1);
        var few = await StatementsAsync();
        await FillAsync(WatchedRepository.ActiveMax - 1);
        Assert.Equal(few, await StatementsAsync());
        Assert.InRange(few, 1, 6);
        Assert.Equal(
            WatchedRepository.ActiveMax,
            (await admin.PageAsync(RepositoriesApp.Page(organization))).QuerySelectorAll("[data-repository]").Length);

        using var refused = await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(
            "An organization can watch at most 100 repositories.",
            (await refused.DocumentAsync()).Body!.TextContent,
            StringComparison.Ordinal);

        Task FillAsync(int count) => app.InScopeAsync(async db =>
        {
            db.AddRange(Enumerable.Range(0, count).Select(number => new WatchedRepository(
                organization.Id,
                new Uri($"https://git.example/{count}/{number}"),
                isPublic: false,
                userName: null,
                sealedToken: null,
                active: 0,
                organization.Admin.Id,
                app.Now)));
            await db.SaveChangesAsync();
        });

        async Task<int> StatementsAsync()
        {
            using var statements = new Statements();
            using var request = new HttpRequestMessage(HttpMethod.Get, RepositoriesApp.Page(organization));
            request.Headers.Add("traceparent", statements.TraceParent);
            (await admin.SendAsync(request)).EnsureSuccessStatusCode().Dispose();
            return statements.Texts.Count;
        }
    }
}
