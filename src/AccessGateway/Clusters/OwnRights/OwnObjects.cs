namespace AccessGateway.Clusters;

/// <summary>How what a gateway writes into a cluster is known from everything else.</summary>
internal static class OwnObjects
{
    public const string NamePrefix = "jit-";
    public const string GatewayLabel = "access-gateway.io/gateway";
    public const string GrantLabel = "access-gateway.io/grant";

    /// <summary>When the grant ends: RFC 3339, UTC, whole seconds.</summary>
    public const string NotAfterAnnotation = "access-gateway.io/not-after";

    /// <summary>Whose grant it is.</summary>
    public const string SubjectAnnotation = "access-gateway.io/subject";

    /// <summary>The name of the ValidatingAdmissionPolicy that limits a gateway, and of its binding.</summary>
    public static string LimitsOf(string gateway) => $"{gateway}-writes";
}
