using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>Whoever may add repositories must not reach through us what only we can reach.</summary>
public sealed class RepositoryGuardTests(CarefulApp app) : IClassFixture<CarefulApp>
{
    [Fact]
    public async Task Addresses_that_are_not_in_the_public_internet_cannot_be_added()
    {
        var organization = await app.CreateOrganizationAsync("Inside");
        app.Names["git.inside.example"] = IPAddress.Parse("10.1.2.3");
        using var admin = await app.SignedInAsync(organization.Admin);
        foreach (var url in new[]
        {
            "https://127.0.0.1/a", "https://localhost/a", "https://169.254.169.254/latest", "https://[::1]/a",
            "https://git.inside.example/a", "http://1.1.1.1/a", "file:///etc", "ssh://1.1.1.1/a", "ext::sh -c whoami",
        })
        {
            using var answer = await RepositoriesApp.AddAsync(admin, organization, url);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.NotEmpty((await answer.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent.Trim());
        }

        Assert.Empty(await app.RowsAsync<WatchedRepository>(all => all.Where(row => row.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task A_name_that_leads_inside_later_is_refused_before_anything_is_asked()
    {
        var organization = await app.CreateOrganizationAsync("Rebinding");
        using var repository = new TestRepository();
        await using var server = await GitServer.StartAsync(repository);
        app.Names["git.rebind.example"] = IPAddress.Parse("1.1.1.1");
        using var admin = await app.SignedInAsync(organization.Admin);
        using (var added = await RepositoriesApp.AddAsync(
            admin, organization, $"https://git.rebind.example:{server.Url.Port}/acme/app.git"))
        {
            Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);
        }

        app.Names["git.rebind.example"] = IPAddress.Loopback;
        Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
        Assert.Equal(
            "git.rebind.example is not in the public internet, and whoever runs this installation has not allowed more.",
            (await app.RepositoryOfAsync(organization)).LastError);
        Assert.Empty(server.Requests);
        Assert.False(Directory.Exists(Path.Combine(app.DataFolder, "repositories")));
    }
}
