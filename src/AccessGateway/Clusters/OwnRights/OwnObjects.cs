namespace AccessGateway.Clusters;

/// <summary>How what a gateway writes into a cluster is known from everything else.</summary>
internal static class OwnObjects
{
    public const string NamePrefix = "jit-";
    public const string GatewayLabel = "access-gateway.io/gateway";

    /// <summary>The name of the ValidatingAdmissionPolicy that limits a gateway, and of its binding.</summary>
    public static string LimitsOf(string gateway) => $"{gateway}-writes";
}
