using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace SafetyCenter.Web.Startup;

/// <summary>
/// Whose address a call comes from: the peer's, unless the peer is a gateway that the operator trusts. Then it is what the
/// gateway says in <c>X-Forwarded-For</c>, and through a chain of trusted ones what the first of them says. Nobody is
/// trusted by default, not even this machine: who is trusted can claim any address.
/// </summary>
public static class CallerAddress
{
    /// <summary>Reads the setting: addresses and networks, separated by commas.</summary>
    /// <exception cref="CannotStartException">One of them is neither, or trusts everybody.</exception>
    public static IReadOnlyList<IPNetwork> ReadTrustedProxies(string? setting) =>
        [.. (setting ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Read)];

    /// <summary>From here on a call comes from the caller's address.</summary>
    public static void UseCallerAddress(this WebApplication app)
    {
        var trusted = app.Services.GetRequiredService<Installation>().TrustedProxies;

        // With an empty list the middleware would believe everybody.
        if (trusted.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in trusted)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }

    private static IPNetwork Read(string text)
    {
        if (IPNetwork.TryParse(text, out var network) && network.PrefixLength > 0)
        {
            return network;
        }

        // Also "10" and "10.1" are addresses to the framework, and not the ones that were meant.
        return IPAddress.TryParse(text, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text)
                ? Only(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
                : throw new CannotStartException(
                    $"The setting Gateway:TrustedProxies holds “{text}”; it must be addresses such as 10.0.3.7 and networks "
                    + "such as 10.8.0.0/16, separated by commas, and cannot be everybody.");
    }

    private static IPNetwork Only(IPAddress address) =>
        new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}
