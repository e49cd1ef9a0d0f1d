namespace AccessGateway.Outbound;

using System.Net;
using System.Net.Sockets;

/// <summary>Which addresses are no one's on the public internet. Pure. By IANA's special-purpose registries (RFC 6890 and what
/// followed it).</summary>
internal static class AddressRules
{
    private static readonly IPNetwork[] Private = Networks(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "::1/128", "fc00::/7", "fec0::/10");

    private static readonly IPNetwork[] Special = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "100.100.100.200/32",
        "::/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fe80::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128");

    // IPv4-compatible (deprecated), NAT64 (RFC 6052), 6to4 (RFC 3056): an IPv4 address stands inside, and is what is really reached.
    private static readonly (IPNetwork Network, int Offset)[] Carriers =
        [(IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    /// <summary>What may be reached where nobody said otherwise, what where its host is named, and what only by its own address.</summary>
    public static AddressKind KindOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // Before the addresses inside others: metadata services stand in private networks too, and one is no IPv4 address.
        if (Special.Any(network => network.Contains(address)))
            return AddressKind.Special;
        if (Private.Any(network => network.Contains(address)))
            return AddressKind.Private;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return AddressKind.Public;
        foreach (var (network, offset) in Carriers)
        {
            if (network.Contains(address))
                return KindOf(new IPAddress(address.GetAddressBytes().AsSpan(offset, 4)));
        }

        // What lies outside the global unicast space was given to nobody.
        return (address.GetAddressBytes()[0] & 0xe0) == 0x20 ? AddressKind.Public : AddressKind.Special;
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}

/// <summary>How far an address may be trusted to be somebody else's.</summary>
internal enum AddressKind
{
    /// <summary>On the internet.</summary>
    Public,

    /// <summary>Loopback, private, shared (CGNAT) and unique local.</summary>
    Private,

    /// <summary>Link-local, metadata services, multicast, unspecified, reserved: hardly ever meant.</summary>
    Special,
}
