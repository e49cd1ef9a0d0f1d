namespace AccessGateway.Kubectl.Reaping;

using System.Globalization;

/// <summary>The kinds of objects that the gateway makes in a cluster.</summary>
internal enum OwnedKind
{
    ClusterRoleBinding,
    RoleBinding,
    ClusterRole,
    Role,
}

/// <summary>An object that carries the gateway's label, by its metadata alone.</summary>
internal sealed record OwnedObject(OwnedKind Kind, ObjectMetadata Metadata)
{
    public const string NamePrefix = "jit-";
    public const string GatewayLabel = "access-gateway.io/gateway";
    public const string GrantLabel = "access-gateway.io/grant";
    public const string NotAfterAnnotation = "access-gateway.io/not-after";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    public string Name => Metadata.Name;

    /// <summary>Null for what stands in no namespace.</summary>
    public string? Namespace => string.IsNullOrEmpty(Metadata.Namespace) ? null : Metadata.Namespace;

    public string Grant => Metadata.Labels?.GetValueOrDefault(GrantLabel) ?? "";

    public bool IsBinding => Kind is OwnedKind.ClusterRoleBinding or OwnedKind.RoleBinding;

    /// <summary>The gateway names what it makes after the grant. What only carries its label is somebody else's.</summary>
    public bool IsOurs => Grant.Length > 0 && Name == NamePrefix + Grant;

    /// <summary>When the grant ends; null where that cannot be read.</summary>
    public DateTimeOffset? NotAfter => Instant(Metadata.Annotations?.GetValueOrDefault(NotAfterAnnotation));

    public DateTimeOffset? CreatedAt => Instant(Metadata.CreationTimestamp);

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant : null;
}
