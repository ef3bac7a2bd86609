using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

public class LeakReportOptionsTests
{
    [Fact]
    public async Task Without_a_setting_GitHubs_own_list_is_used()
    {
        using var host = Host(null);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            "https://api.github.com/meta/public_keys/secret_scanning",
            host.Services.GetRequiredService<IOptions<LeakReportOptions>>().Value.PublicKeysUrl);
    }

    [Theory]
    [InlineData("https://keys.example.com/list")]
    [InlineData("http://127.0.0.1:5099/meta")]
    [InlineData("http://localhost:5099/meta")]
    [InlineData("http://[::1]:5099/meta")]
    public async Task An_https_address_and_this_machine_are_good(string url)
    {
        using var host = Host(url);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(url, host.Services.GetRequiredService<IOptions<LeakReportOptions>>().Value.PublicKeysUrl);
    }

    [Theory]
    [InlineData("http://keys.example.com/list")]
    [InlineData("http://127.0.0.1.example.com/list")]
    [InlineData("ftp://localhost/list")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/meta/public_keys")]
    [InlineData("not an address")]
    [InlineData("")]
    public async Task Any_other_address_stops_the_start_with_a_sentence(string url)
    {
        using var host = Host(url);

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(
            "Leaks:GitHub:PublicKeysUrl must be an https address", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_comes_from_the_configured_address()
    {
        await using var server = await KeyServer.StartAsync();
        using var host = Host(server.Url.ToString());

        var list = host.Services.GetRequiredService<PublicKeyList>();
        Assert.IsType<KeyLookup.Found>(
            await list.FindAsync(server.CurrentKey.Identifier, TestContext.Current.CancellationToken));
    }

    private static IHost Host(string? url)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Leaks:GitHub:PublicKeysUrl", url)]);
        if (url is null)
        {
            builder.Configuration.Sources.Clear();
        }

        builder.Services.AddLeaks(builder.Configuration);
        return builder.Build();
    }
}
