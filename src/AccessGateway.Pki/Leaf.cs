namespace AccessGateway.Pki;

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>A client certificate that a signer made.</summary>
public sealed class Leaf
{
    private const string Label = "CERTIFICATE";
    private const int MaximumLength = 32 * 1024;

    /// <summary>Digital signatures are all that is needed; the others are for RSA and ECDH in old TLS, and signers add them.</summary>
    private const X509KeyUsageFlags TlsUsages = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyAgreement;

    private readonly CertificateFields _fields;

    /// <param name="fields">What reading the DER gives.</param>
    internal Leaf(byte[] der, CertificateFields fields)
    {
        _fields = fields;
        Der = der;
        Pem = PemBlock.Write(Label, der);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(der));
    }

    /// <summary>The certificate as one PEM block, with a line end behind it.</summary>
    public string Pem { get; }

    /// <summary>The certificate in DER.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The serial number in lower-case hexadecimal, two digits a byte, without a sign byte.</summary>
    public string Serial => _fields.Serial;

    /// <summary>UTC, a whole second.</summary>
    public DateTimeOffset NotBefore => _fields.NotBefore;

    /// <summary>UTC, a whole second, itself still within the validity.</summary>
    public DateTimeOffset NotAfter => _fields.NotAfter;

    /// <summary>
    /// SHA-256 over the DER in lower-case hexadecimal. Kubernetes writes it, as `X509SHA256=…`, into
    /// `authentication.kubernetes.io/credential-id` of its audit events.
    /// </summary>
    public string Sha256 { get; }

    /// <summary>The only CN; null where there is none, or several.</summary>
    public string? CommonName => _fields.Subject.CommonName;

    /// <summary>Every O, in order.</summary>
    public IReadOnlyList<string> Organizations => _fields.Subject.Organizations;

    /// <summary>Reads a certificate that another signer returned. Its signature is not verified.</summary>
    /// <param name="pem">One PEM block `CERTIFICATE`, at most 32768 characters; a chain is refused.</param>
    /// <exception cref="FormatException">It is no certificate, or one of a form that RFC 5280 forbids.</exception>
    public static Leaf Parse(string pem) =>
        PemBlock.TryRead(pem, Label, MaximumLength, out var der, out var refusal)
            ? FromDer(der)
            : throw new FormatException($"The certificate is refused: {refusal}.");

    /// <exception cref="FormatException">As with <see cref="Parse"/>.</exception>
    internal static Leaf FromDer(byte[] der)
    {
        if (DerShape.Fault(der) is { } fault) throw new FormatException($"The certificate is not DER: {fault}.");

        try
        {
            return new Leaf(der, CertificateFields.Read(der));
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            throw new FormatException("The certificate is not of the form that RFC 5280 gives.", exception);
        }
    }

    /// <summary>
    /// Why this is not the certificate that was asked for, or null. It must carry the request's public key; one CN and one O, those of the
    /// template, and nothing else in its subject; end no later than the template, and not before it begins; be for clientAuth alone, with a key for
    /// no more than that; be no CA; and have no alternative name, and nothing critical that is not known here.
    /// </summary>
    public string? Mismatch(CheckedCsr csr, LeafTemplate template)
    {
        ArgumentNullException.ThrowIfNull(csr);
        ArgumentNullException.ThrowIfNull(template);
        if (!_fields.SubjectPublicKeyInfo.Span.SequenceEqual(csr.SubjectPublicKeyInfo.Span))
            return "the certificate has another public key than the request";
        if (!_fields.Subject.HasOnlyCommonNameAndOrganizations || CommonName != template.CommonName)
            return "the certificate's subject is not the one common name of the template";
        if (Organizations.Count != 1 || Organizations[0] != template.Organization)
            return "the certificate's subject is not the one organization of the template";
        if (NotAfter > template.NotAfter) return "the certificate ends later than the template";
        if (NotBefore >= NotAfter) return "the certificate is never valid";
        if (NotAfter <= template.NotBefore) return "the certificate is over already";
        if (_fields.IsAuthority) return "the certificate is a CA's";
        if (!_fields.IsForClientsAlone) return "the certificate is not for TLS clients alone";
        if (_fields.KeyUsages is { } usages && (usages & ~TlsUsages) != 0) return "the certificate's key may sign more than a TLS handshake";
        if (_fields.HasAlternativeName) return "the certificate has a subject alternative name";
        return _fields.UnknownCriticalExtension is { } oid ? $"the certificate has a critical extension that is not known here: {oid}" : null;
    }
}
