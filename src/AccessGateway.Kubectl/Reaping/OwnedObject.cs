namespace AccessGateway.Kubectl.Reaping;

using System.Globalization;
using AccessGateway.Contracts;

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
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    public string Name => Metadata.Name;

    /// <summary>Null for what stands in no namespace.</summary>
    public string? Namespace => string.IsNullOrEmpty(Metadata.Namespace) ? null : Metadata.Namespace;

    public string Grant => Metadata.Labels?.GetValueOrDefault(OwnObjects.GrantLabel) ?? "";

    public bool IsBinding => Kind is OwnedKind.ClusterRoleBinding or OwnedKind.RoleBinding;

    /// <summary>The gateway names what it makes after the grant. What only carries its label is somebody else's.</summary>
    public bool IsOurs => Grant.Length > 0 && Name == OwnObjects.NamePrefix + Grant;

    /// <summary>When the grant ends; null where that cannot be read.</summary>
    public DateTimeOffset? NotAfter => Instant(Metadata.Annotations?.GetValueOrDefault(OwnObjects.NotAfterAnnotation));

    public DateTimeOffset? CreatedAt => Instant(Metadata.CreationTimestamp);

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant : null;
}
