namespace AccessGateway.Pki;

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>The checks on a CA that somebody else made.</summary>
internal static class LocalCaImport
{
    private const int MaximumLength = 32 * 1024;

    /// <exception cref="ArgumentException">As <see cref="LocalCa.Import(string, string)"/> says.</exception>
    internal static LocalCa Import(string certificatePem, string privateKeyPem)
    {
        ArgumentNullException.ThrowIfNull(privateKeyPem);
        return Import(certificatePem, certificate => Key(certificate, privateKeyPem), nameof(privateKeyPem));
    }

    /// <exception cref="ArgumentException">As <see cref="LocalCa.Import(string, AsymmetricAlgorithm)"/> says.</exception>
    internal static LocalCa Import(string certificatePem, AsymmetricAlgorithm key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Import(certificatePem, _ => CaKey.Of(key), nameof(key));
    }

    private static LocalCa Import(string certificatePem, Func<X509Certificate2, CaKey> keyOf, string parameter)
    {
        var (der, fields) = Authority(certificatePem);
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        var key = keyOf(certificate);
        try
        {
            if (key.BelongsTo(certificate)) return new LocalCa(der, fields, key);
        }
        catch (CryptographicException)
        {
            // It cannot sign, and so it belongs to no certificate.
        }

        key.Dispose();
        throw new ArgumentException("The private key does not belong to the certificate.", parameter);
    }

    /// <exception cref="ArgumentException">It is no certificate of a CA that can sign leaves.</exception>
    internal static (byte[] Der, CertificateFields Fields) Authority(string certificatePem)
    {
        var der = Der(certificatePem);
        var fields = Fields(der);
        return AuthorityFault(fields) is { } fault
            ? throw new ArgumentException($"The certificate cannot sign leaves: {fault}.", nameof(certificatePem))
            : (der, fields);
    }

    private static byte[] Der(string certificatePem)
    {
        if (!PemBlock.TryRead(certificatePem, "CERTIFICATE", MaximumLength, out var der, out var refusal))
            throw new ArgumentException($"The certificate is refused: {refusal}.", nameof(certificatePem));
        return DerShape.Fault(der) is { } fault
            ? throw new ArgumentException($"The certificate is not DER: {fault}.", nameof(certificatePem))
            : der;
    }

    private static CertificateFields Fields(byte[] der)
    {
        try
        {
            return CertificateFields.Read(der);
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            throw new ArgumentException("The certificate is not of the form that RFC 5280 gives.", nameof(der), exception);
        }
    }

    private static string? AuthorityFault(CertificateFields fields)
    {
        if (!fields.IsAuthority) return "it is not a CA's (BasicConstraints CA:TRUE)";
        if (fields.KeyUsages is not { } usages || !usages.HasFlag(X509KeyUsageFlags.KeyCertSign))
            return "its KeyUsage does not name keyCertSign";
        // API servers demand of every CA in a chain that it allows the use of the leaf.
        return fields.ExtendedUsages is { } extended
            && !extended.Contains(CertificateFields.ClientAuthenticationOid)
            && !extended.Contains(CertificateFields.AnyUsageOid)
            ? "its ExtendedKeyUsage does not name clientAuth"
            : null;
    }

    /// <summary>The certificate says of which kind the key must be.</summary>
    private static CaKey Key(X509Certificate2 certificate, string privateKeyPem) =>
        certificate.GetKeyAlgorithm() switch
        {
            "1.2.840.10045.2.1" => Loaded(ECDsa.Create(), CaKey.Of, privateKeyPem, "EC"),
            "1.2.840.113549.1.1.1" => Loaded(RSA.Create(), CaKey.Of, privateKeyPem, "RSA"),
            _ => throw new ArgumentException("The certificate's key is neither EC nor RSA.", nameof(certificate)),
        };

    private static CaKey Loaded<T>(T key, Func<T, CaKey> toCaKey, string pem, string kind)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return toCaKey(key);
        }
        catch (CryptographicException exception)
        {
            key.Dispose();
            throw new ArgumentException($"The private key is no {kind} key, which the certificate has.", nameof(pem), exception);
        }
        catch (ArgumentException)
        {
            // No PEM, several keys, an encrypted key, or a weak one: the message says which.
            key.Dispose();
            throw;
        }
    }
}
