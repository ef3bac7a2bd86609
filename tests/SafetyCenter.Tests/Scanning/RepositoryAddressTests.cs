using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using SafetyCenter.Core;
using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Tests.Scanning;

/// <summary>Which addresses a watched repository may have.</summary>
public sealed class RepositoryAddressTests
{
    [Theory]
    [InlineData("https://github.com/acme/app.git", "https://github.com/acme/app.git")]
    [InlineData("  HTTPS://GitHub.com:443/acme/app ", "https://github.com/acme/app")]
    [InlineData("https://git.acme.example:8443/a%20b", "https://git.acme.example:8443/a%20b")]
    [InlineData("https://grüße.example/a", "https://xn--gre-6ka8l.example/a")]
    [InlineData("https://[2606:4700:4700::1111]/a", "https://[2606:4700:4700::1111]/a")]
    public void An_address_is_read_as_everybody_reads_it(string typed, string read) =>
        Assert.Equal(read, Strict().Read(typed).AbsoluteUri);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("acme/app")]
    [InlineData("/etc")]
    [InlineData("http://github.com/acme/app")]
    [InlineData("file:///etc")]
    [InlineData("ssh://git@github.com/acme/app")]
    [InlineData("git@github.com:acme/app.git")]
    [InlineData("git://github.com/acme/app")]
    [InlineData("ext::sh -c whoami")]
    [InlineData("ftp://github.com/acme/app")]
    [InlineData("--upload-pack=whoami")]
    [InlineData("https://ann:token@github.com/acme/app")]
    [InlineData("https://ann@github.com/acme/app")]
    [InlineData("https://github.com/acme/app?x=1")]
    [InlineData("https://github.com/acme/app#x")]
    [InlineData("https://github.com./acme/app")]
    [InlineData("https://github.com/acme\n/app")]
    public void What_is_no_https_address_of_a_repository_is_refused(string? typed) =>
        Assert.Equal("url", Assert.Throws<RefusedException>(() => Strict().Read(typed)).Field);

    [Fact]
    public void An_address_that_is_absurdly_long_is_refused() =>
        Assert.Throws<RefusedException>(() => Strict().Read($"https://github.com/{new string('a', 500)}"));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("017700000001")]
    [InlineData("0.0.0.0")]
    [InlineData("[::1]")]
    [InlineData("[::]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:8.8.8.8]")]
    [InlineData("[64:ff9b::7f00:1]")]
    [InlineData("[fe80::1]")]
    [InlineData("169.254.169.254")]
    public async Task This_machine_is_not_asked_however_it_is_written(string host)
    {
        var addresses = Strict();
        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => addresses.CheckAsync(addresses.Read($"https://{host}/a"), CancellationToken.None));
        Assert.EndsWith(
            "is not in the public internet, and whoever runs this installation has not allowed more.",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void These_are_not_in_the_public_internet(string address) =>
        Assert.False(PublicNetworks.Include(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("140.82.121.4")]
    [InlineData("168.63.129.17")]
    [InlineData("172.15.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("192.169.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2606:4700:4700::1111")]
    public void These_are(string address) => Assert.True(PublicNetworks.Include(IPAddress.Parse(address)));

    [Fact]
    public async Task One_private_address_among_public_ones_is_enough_to_refuse_a_name()
    {
        Assert.Equal(2, (await CheckAsync(Strict("1.1.1.1", "2606:4700:4700::1111"))).Count);
        await Assert.ThrowsAsync<RefusedException>(() => CheckAsync(Strict("1.1.1.1", "10.0.0.1")));
        await Assert.ThrowsAsync<RefusedException>(() => CheckAsync(Strict("1.1.1.1", "::1")));
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_told_so()
    {
        Assert.Equal("There is no server called git.acme.example.", (await RefusedAsync(Strict())).Message);
        var unknown = Addresses(false, (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        Assert.Equal("There is no server called git.acme.example.", (await RefusedAsync(unknown)).Message);

        static Task<RefusedException> RefusedAsync(RepositoryAddress addresses) =>
            Assert.ThrowsAsync<RefusedException>(() => CheckAsync(addresses));
    }

    [Fact]
    public async Task Where_the_operator_allows_it_private_networks_may_be_asked_also_without_https_but_no_others_so()
    {
        var lax = Addresses(true, (host, _) => Task.FromResult(new[] { IPAddress.Parse(host == "in" ? "10.0.0.1" : "1.1.1.1") }));
        Assert.Single(await lax.CheckAsync(lax.Read("http://in/a"), CancellationToken.None));
        Assert.Single(await lax.CheckAsync(lax.Read("https://127.0.0.1/a"), CancellationToken.None));
        Assert.Single(await lax.CheckAsync(lax.Read("https://out/a"), CancellationToken.None));
        await Assert.ThrowsAsync<RefusedException>(() => lax.CheckAsync(lax.Read("http://out/a"), CancellationToken.None));
        Assert.Throws<RefusedException>(() => lax.Read("file:///etc"));
        Assert.Throws<RefusedException>(() => lax.Read("ext::sh -c whoami"));
    }

    [Theory]
    [InlineData(0, 1, 1, 1, "CommitsMax")]
    [InlineData(1, 0, 1, 1, "HeadsMax")]
    [InlineData(1, 1, 0, 1, "MegabytesMax")]
    [InlineData(1, 1, 1, 0, "MinutesMax")]
    [InlineData(1, 1, 1, 15, "MinutesMax")]
    public void Settings_that_cannot_be_are_named(int commits, int heads, int megabytes, int minutes, string name)
    {
        var options = new RepositoryOptions
        {
            CommitsMax = commits,
            HeadsMax = heads,
            MegabytesMax = megabytes,
            MinutesMax = minutes,
        };
        Assert.StartsWith($"Leaks:Repositories:{name} must be ", options.Complaint(), StringComparison.Ordinal);
        Assert.Null(new RepositoryOptions().Complaint());
    }

    private static Task<IReadOnlyList<IPAddress>> CheckAsync(RepositoryAddress addresses) =>
        addresses.CheckAsync(addresses.Read("https://git.acme.example/a"), CancellationToken.None);

    private static RepositoryAddress Strict(params string[] found) =>
        Addresses(false, (_, _) => Task.FromResult(Array.ConvertAll(found, IPAddress.Parse)));

    private static RepositoryAddress Addresses(bool allowsPrivate, ResolveHost resolve) =>
        new(resolve, Options.Create(new RepositoryOptions { AllowPrivateAddresses = allowsPrivate }));
}
