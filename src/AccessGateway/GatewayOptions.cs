namespace AccessGateway;

using System.ComponentModel.DataAnnotations;

/// <summary>What an operator sets (section <c>Gateway</c>); everything about clusters and policies stands in the documents.</summary>
internal sealed class GatewayOptions
{
    /// <summary>The folder for everything the gateway keeps: the SQLite file, the key-encryption key, its TLS certificate. Mode 0700.</summary>
    [Required(ErrorMessage = "Gateway:Data must name a folder.")]
    public string Data { get; set; } = "./data";

    /// <summary>The folder with the configuration documents (Cluster, AccessPolicy).</summary>
    [Required(ErrorMessage = "Gateway:Config must name a folder.")]
    public string Config { get; set; } = "./config";

    /// <summary>The https address under which people and plugins reach the gateway; links and the OAuth issuer are made from it.</summary>
    [RegularExpression(@"https://[^/?#@]+", ErrorMessage = "Gateway:PublicUrl must be an https:// address without a path.")]
    public string PublicUrl { get; set; } = "https://localhost:8443";

    /// <summary>This gateway's name, the value of the label on every binding it owns. Two gateways that serve one cluster need two
    /// names: each removes what carries its own and no active grant of its own asks for. 1 to 63 of a-z, 0-9 and '-'.</summary>
    [RegularExpression("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", ErrorMessage = "Gateway:Name must be 1 to 63 of a-z, 0-9 and '-'.")]
    public string Name { get; set; } = "access-gateway";
}
