using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

public class LeakReportOptionsTests
{
    [Theory]
    [InlineData("GitHub", "https://api.github.com/meta/public_keys/secret_scanning")]
    [InlineData("DepsDev", "https://storage.googleapis.com/depsdev-gcp-public-keys/secret_scanning")]
    [InlineData("GitLab", null)]
    public async Task Without_a_setting_the_list_that_a_partner_publishes_is_used(string partner, string? url)
    {
        using var host = Host(partner, null);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(url, OptionsOf(host, partner).PublicKeysUrl);
        Assert.True(OptionsOf(host, partner).AcceptsFormerKeys);
        Assert.Equal(url is null, ListOf(host, partner) is null);
    }

    [Fact]
    public async Task Who_says_where_its_keys_are_on_request_only_is_not_heard_without()
    {
        using var host = Host("GitLab", "");
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Null(ListOf(host, "GitLab"));
    }

    [Theory]
    [InlineData("https://keys.example.com/list")]
    [InlineData("http://127.0.0.1:5099/meta")]
    [InlineData("http://localhost:5099/meta")]
    [InlineData("http://[::1]:5099/meta")]
    public async Task An_https_address_and_this_machine_are_good(string url)
    {
        foreach (var partner in PartnerOrigin.All.Select(origin => origin.Setting))
        {
            using var host = Host(partner, url);
            await host.StartAsync(TestContext.Current.CancellationToken);

            Assert.Equal(url, OptionsOf(host, partner).PublicKeysUrl);
        }
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
        using var host = Host("GitHub", url);

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(
            "Leaks:GitHub:PublicKeysUrl must be an https address", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://keys.example.com/list")]
    [InlineData("not an address")]
    public async Task The_sentence_names_the_setting_of_the_partner(string url)
    {
        using var host = Host("GitLab", url);

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(
            "Leaks:GitLab:PublicKeysUrl must be an https address", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_comes_from_the_configured_address()
    {
        await using var server = await KeyServer.StartAsync();
        foreach (var partner in PartnerOrigin.All.Select(origin => origin.Setting))
        {
            using var host = Host(partner, server.Url.ToString());

            Assert.IsType<KeyLookup.Found>(await ListOf(host, partner)!.FindAsync(
                server.CurrentKey.Identifier, TestContext.Current.CancellationToken));
        }
    }

    private static LeakReportOptions OptionsOf(IHost host, string partner) =>
        host.Services.GetRequiredService<IOptionsMonitor<LeakReportOptions>>().Get(partner);

    private static PublicKeyList? ListOf(IHost host, string partner) =>
        host.Services.GetRequiredService<PartnerKeys>().Of(PartnerOrigin.All.Single(origin => origin.Setting == partner));

    private static IHost Host(string partner, string? url)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new($"Leaks:{partner}:PublicKeysUrl", url)]);
        if (url is null)
        {
            builder.Configuration.Sources.Clear();
        }

        builder.Services.AddLeaks(builder.Configuration);
        return builder.Build();
    }
}
