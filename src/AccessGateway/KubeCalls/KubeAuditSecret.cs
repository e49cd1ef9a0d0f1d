namespace AccessGateway.KubeCalls;

using System.Security.Cryptography;
using System.Text;
using AccessGateway.Clusters;

/// <summary>Whether a call of the audit webhook carries its cluster's secret. The document has its SHA-256: it is random, and needs no slow hash.</summary>
internal static class KubeAuditSecret
{
    private const string Scheme = "Bearer ";

    /// <param name="cluster">Null for one that is not registered: it takes as long as another, and is refused.</param>
    public static bool IsGiven(ClusterDefinition? cluster, string? authorization)
    {
        var token = authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? authorization[Scheme.Length..].Trim() : "";
        var expected = cluster?.AuditTokenSha256;
        var equal = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), Convert.FromHexString(expected ?? new string('0', 64)));
        return equal && expected is not null && token.Length > 0;
    }
}
