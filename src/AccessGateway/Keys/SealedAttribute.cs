namespace AccessGateway.Keys;

/// <summary>Marks a column whose values <see cref="SecretBox"/> seals. It is then known to the rotation of keys, and the database
/// holds that the data key of every value is there.</summary>
/// <param name="purpose">One of <see cref="KeyPurposes"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SealedAttribute(string purpose) : Attribute
{
    public string Purpose { get; } = purpose;
}

/// <summary>What data keys are for. Each has a data key of its own: one that leaks opens nothing else.</summary>
internal static class KeyPurposes
{
    /// <summary>Secrets of authenticators.</summary>
    public const string Totp = "totp";

    /// <summary>Private keys of the clusters' CAs.</summary>
    public const string TrustAnchor = "trust-anchor";

    /// <summary>Keys that sign and encrypt OAuth tokens.</summary>
    public const string OAuth = "oauth";

    /// <summary>Refresh tokens of providers of single sign-on.</summary>
    public const string Provider = "provider";

    /// <summary>ASP.NET Core's Data Protection keys: cookies, antiforgery.</summary>
    public const string DataProtection = "data-protection";
}
