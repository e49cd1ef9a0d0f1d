namespace AccessGateway.Outbound;

using System.Net;
using System.Security.Cryptography.X509Certificates;

/// <summary>Where the gateway may connect to on an operator's word: the internet, by https, and what is named here.</summary>
/// <param name="Hosts">Names that may lie on private addresses, and may be asked by plain http. Lower case.</param>
/// <param name="Networks">Addresses that may be reached, whatever they are.</param>
internal sealed record OutboundRules(IReadOnlyList<string> Hosts, IReadOnlyList<IPNetwork> Networks)
{
    public static readonly OutboundRules PublicOnly = new([], []);

    /// <summary>What <see cref="Of"/> made them from.</summary>
    public IReadOnlyList<string> Entries { get; private init; } = [];

    /// <summary>The only CAs that count, where the receiver's certificate is of one's own CA; the system's where null.</summary>
    public X509Certificate2Collection? CertificateAuthority { get; init; }

    /// <summary>Null where the text is neither a host's name nor an address nor a network.</summary>
    public static string? EntryProblem(string entry) =>
        IPAddress.TryParse(entry, out _) || IPNetwork.TryParse(entry, out _) || (Uri.CheckHostName(entry) == UriHostNameType.Dns && entry.Length <= 253)
            ? null
            : $"'{entry}' must be a host's name, an IP address, or a network such as 10.1.2.0/24.";

    public static OutboundRules Of(IReadOnlyList<string> allow)
    {
        var (hosts, networks) = (new List<string>(), new List<IPNetwork>());
        foreach (var entry in allow)
        {
            if (IPAddress.TryParse(entry, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
            else
                hosts.Add(entry.ToLowerInvariant());
        }

        return new OutboundRules(hosts, networks) { Entries = allow };
    }

    /// <summary>Why this URL is never asked; null where only its address can tell.</summary>
    public string? UrlProblem(Uri url) =>
        url is not { IsAbsoluteUri: true, Scheme: "https" or "http", UserInfo: "", Fragment: "" } ? "must be an https:// address without user and fragment."
        : url.Scheme == "http" && !Hosts.Contains(url.IdnHost.ToLowerInvariant()) && !(IPAddress.TryParse(url.IdnHost, out var literal) && IsListed(literal)) ? "must be https; plain http is for hosts that 'allow' names."
        : null;

    /// <summary>Whether a connection for this host may go to this address: asked of the address that is really connected to, so that a
    /// name which resolves differently the second time gains nothing.</summary>
    public bool Allows(string host, IPAddress address) => IsListed(address) || AddressRules.KindOf(address) switch
    {
        AddressKind.Public => true,
        AddressKind.Private => Hosts.Contains(host.ToLowerInvariant()),
        _ => false,
    };

    private bool IsListed(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Networks.Any(network => network.Contains(plain));
    }
}
