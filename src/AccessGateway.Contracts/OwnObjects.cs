namespace AccessGateway.Contracts;

/// <summary>How what a gateway writes into a cluster is known from everything else there: by the gateway itself, and by the reaper.</summary>
public static class OwnObjects
{
    /// <summary>Names are this and the grant's id.</summary>
    public const string NamePrefix = "jit-";

    /// <summary>The group that a grant's leaf carries and its binding binds is this and the grant's id.</summary>
    public const string GroupPrefix = "jit:";

    /// <summary>Label: the name of the gateway; two may share a cluster.</summary>
    public const string GatewayLabel = "access-gateway.io/gateway";

    /// <summary>Label: the grant's id.</summary>
    public const string GrantLabel = "access-gateway.io/grant";

    /// <summary>Annotation: when the grant ends, RFC 3339, UTC, whole seconds.</summary>
    public const string NotAfterAnnotation = "access-gateway.io/not-after";

    /// <summary>Annotation: whose grant it is.</summary>
    public const string SubjectAnnotation = "access-gateway.io/subject";
}
