using System.Net;
using System.Net.Sockets;

namespace SafetyCenter.Web.Security;

/// <summary>Under which name callers from an address are counted.</summary>
public static class AddressName
{
    /// <summary>The address; of IPv6 its first half, for whoever has one such address has its whole /64.</summary>
    public static string Of(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };
}
