namespace AccessGateway.Pki;

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>What the gateway asks of a certificate (RFC 5280), read once.</summary>
internal sealed class CertificateFields
{
    internal const string ClientAuthenticationOid = "1.3.6.1.5.5.7.3.2";
    internal const string AnyUsageOid = "2.5.29.37.0";
    private const string AlternativeNameOid = "2.5.29.17";

    /// <summary>keyUsage, subjectAltName, basicConstraints, extKeyUsage: those that are read here.</summary>
    private static readonly string[] Known = ["2.5.29.15", AlternativeNameOid, "2.5.29.19", "2.5.29.37"];

    internal required string Serial { get; init; }

    internal required SubjectNames Subject { get; init; }

    /// <summary>The subject as it stands in the certificate: what it issues must repeat it byte for byte.</summary>
    internal required ReadOnlyMemory<byte> SubjectDer { get; init; }

    internal required DateTimeOffset NotBefore { get; init; }

    internal required DateTimeOffset NotAfter { get; init; }

    internal required ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; init; }

    internal required bool IsAuthority { get; init; }

    /// <summary>How many CAs may stand below; null where nothing limits it.</summary>
    internal required int? PathLength { get; init; }

    internal required bool HasAlternativeName { get; init; }

    /// <summary>Of the first extension that is critical and not read here; who does not know it must refuse the certificate (RFC 5280, section 4.2).</summary>
    internal required string? UnknownCriticalExtension { get; init; }

    /// <summary>Object identifiers; null where the extension is missing, which means any use.</summary>
    internal required IReadOnlyList<string>? ExtendedUsages { get; init; }

    /// <summary>Null where the extension is missing, which means any use.</summary>
    internal required X509KeyUsageFlags? KeyUsages { get; init; }

    /// <summary>Of the SubjectKeyIdentifier; null where it is missing.</summary>
    internal required ReadOnlyMemory<byte>? KeyIdentifier { get; init; }

    internal bool IsForClientsAlone => ExtendedUsages is [ClientAuthenticationOid];

    /// <param name="der">A certificate that <see cref="DerShape"/> let pass.</param>
    /// <exception cref="CryptographicException">It is none.</exception>
    /// <exception cref="AsnContentException">Its subject cannot be read.</exception>
    internal static CertificateFields Read(byte[] der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        var extensions = certificate.Extensions;
        if (extensions.Select(extension => extension.Oid?.Value).Distinct().Count() != extensions.Count)
            throw new CryptographicException("An extension stands twice.");

        var constraints = Single<X509BasicConstraintsExtension>(extensions);
        return new CertificateFields
        {
            Serial = SerialText(certificate.SerialNumberBytes.Span),
            Subject = SubjectNames.Read(certificate.SubjectName.RawData),
            SubjectDer = certificate.SubjectName.RawData,
            NotBefore = Utc(certificate.NotBefore),
            NotAfter = Utc(certificate.NotAfter),
            SubjectPublicKeyInfo = certificate.PublicKey.ExportSubjectPublicKeyInfo(),
            IsAuthority = constraints?.CertificateAuthority ?? false,
            PathLength = constraints is { HasPathLengthConstraint: true } ? constraints.PathLengthConstraint : null,
            HasAlternativeName = extensions.Any(extension => extension.Oid?.Value == AlternativeNameOid),
            UnknownCriticalExtension = extensions.FirstOrDefault(extension => extension.Critical && !Known.Contains(extension.Oid?.Value))?.Oid?.Value,
            ExtendedUsages = UsageOids(Single<X509EnhancedKeyUsageExtension>(extensions)),
            KeyUsages = Single<X509KeyUsageExtension>(extensions)?.KeyUsages,
            KeyIdentifier = Single<X509SubjectKeyIdentifierExtension>(extensions)?.SubjectKeyIdentifierBytes,
        };
    }

    private static string[]? UsageOids(X509EnhancedKeyUsageExtension? extension) =>
        extension?.EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value ?? "").ToArray();

    private static T? Single<T>(X509ExtensionCollection extensions)
        where T : X509Extension =>
        extensions.OfType<T>().SingleOrDefault();

    private static string SerialText(ReadOnlySpan<byte> serial) =>
        Convert.ToHexStringLower(serial.Length > 1 && serial[0] == 0 ? serial[1..] : serial);

    /// <summary>The platform gives local times, which remember on which side of a change of clocks they stand.</summary>
    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime(), TimeSpan.Zero);
}
