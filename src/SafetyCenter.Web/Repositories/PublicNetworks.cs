using System.Net;
using System.Net.Sockets;

namespace SafetyCenter.Web.Repositories;

/// <summary>
/// Which addresses belong to the internet that everybody shares. Whoever may have us fetch something must not reach what only
/// we can: this machine, its network, or the service that knows its secrets.
/// </summary>
public static class PublicNetworks
{
    private static readonly IPNetwork[] Except =
    [
        .. new[]
        {
            "0.0.0.0/8",          // this network
            "10.0.0.0/8",         // private
            "100.64.0.0/10",      // shared by customers of a provider (and the metadata of a cloud)
            "127.0.0.0/8",        // this machine
            "168.63.129.16/32",   // the metadata of a cloud, though the address looks public
            "169.254.0.0/16",     // this link, and the metadata of most clouds
            "172.16.0.0/12",      // private
            "192.0.0.0/24",       // protocols
            "192.0.2.0/24",       // documentation
            "192.88.99.0/24",     // 6to4 relays
            "192.168.0.0/16",     // private
            "198.18.0.0/15",      // benchmarks
            "198.51.100.0/24",    // documentation
            "203.0.113.0/24",     // documentation
            "224.0.0.0/4",        // multicast
            "240.0.0.0/4",        // reserved, and broadcast
            "2001::/23",          // protocols, among them Teredo, which holds an IPv4 address
            "2001:db8::/32",      // documentation
            "2002::/16",          // 6to4, which holds an IPv4 address
            "3fff::/20",          // documentation
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Whether anybody could reach this address as well as we.</summary>
    public static bool Include(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || IsGlobalUnicast(address.GetAddressBytes()))
        && !Array.Exists(Except, network => network.Contains(address));

    // 2000::/3. All else of IPv6 is this machine, this link, local, multicast, mapped or translated to IPv4, or unassigned.
    // Not by IPNetwork, for which ::ffff:8.8.8.8 is in it.
    private static bool IsGlobalUnicast(byte[] address) => address[0] >> 5 == 1;
}
