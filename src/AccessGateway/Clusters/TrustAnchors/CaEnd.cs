namespace AccessGateway.Clusters;

using AccessGateway.Contracts;

/// <summary>When a CA that signs, or will sign, for a cluster ends.</summary>
/// <param name="State">Of a CA of the gateway's own its <see cref="TrustAnchorState"/>; of one that documents name <c>imported</c> or <c>pkcs11</c>.</param>
/// <param name="Longest">The longest grant that policies offer on the cluster, or a leaf's lifetime where that is longer.</param>
internal sealed record CaEnd(string Cluster, string State, DateTimeOffset NotAfter, TimeSpan Longest)
{
    /// <summary>How long before the end it is told: enough to change files on API servers without haste.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    /// <summary>What an operator should know by now; null for nothing.</summary>
    public string? Warning(DateTimeOffset now)
    {
        var left = NotAfter - now;
        // Nothing is signed with it any more.
        if (State == TrustAnchorStates.Outgoing)
            return null;
        var ca = $"The CA of cluster '{Cluster}' ({State})";
        if (left <= TimeSpan.Zero)
            return $"{ca} ended at {NotAfter:u}: nobody gets credentials. {Remedy}";
        if (left < Longest)
            return $"{ca} ends at {NotAfter:u}, before a grant of {DurationText.Format(Longest)} would: its holder gets no credential that ends later. {Remedy}";
        return left < Notice ? $"{ca} ends at {NotAfter:u}, in {left.TotalDays:0} days. {Remedy}" : null;
    }

    private string Remedy => State is TrustAnchorStates.Imported or TrustAnchorStates.Pkcs11
        ? "Give its document another one."
        : $"Replace it: access-gateway ca rotate {Cluster}";
}

/// <summary>The states of CAs, as metrics and commands name them.</summary>
internal static class TrustAnchorStates
{
    public const string Outgoing = "outgoing";
    public const string Imported = "imported";
    public const string Pkcs11 = "pkcs11";

    public static string Of(TrustAnchorState state) => state switch
    {
        TrustAnchorState.Next => "next",
        TrustAnchorState.Signing => "signing",
        _ => Outgoing,
    };
}
