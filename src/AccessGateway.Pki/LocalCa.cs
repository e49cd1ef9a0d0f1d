namespace AccessGateway.Pki;

using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X509;

/// <summary>
/// A CA whose private key is in this process. Its leaves are X.509 v3 (RFC 5280) with a random serial of 127 bits, critical
/// BasicConstraints CA:FALSE, critical KeyUsage digitalSignature, ExtendedKeyUsage clientAuth alone, key identifiers of issuer and subject,
/// one O and one CN. Of a request it takes the public key alone. Any number of threads may use it.
/// </summary>
public sealed class LocalCa : ISigner, IDisposable
{
    /// <summary>How far back a generated CA begins: the clocks of the API servers may be late by this much, and they get leaves at once.</summary>
    public static readonly TimeSpan Backdate = TimeSpan.FromSeconds(60);

    private readonly Issuer _issuer;

    internal LocalCa(byte[] der, CertificateFields fields, CaKey key)
    {
        CertificatePem = PemBlock.Write("CERTIFICATE", der);
        NotAfter = fields.NotAfter;
        _issuer = new Issuer(
            key,
            X509Name.GetInstance(fields.SubjectDer.ToArray()),
            fields.KeyIdentifier?.ToArray()
                ?? CertificateProfile.KeyIdentifier(SubjectPublicKeyInfo.GetInstance(fields.SubjectPublicKeyInfo.ToArray())));
    }

    /// <summary>The CA's certificate, which the cluster trusts: one PEM block with a line end behind it.</summary>
    public string CertificatePem { get; }

    /// <summary>UTC, a whole second. No leaf ends later.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Makes a key (ECDSA P-256) and a self-signed certificate for it that may sign leaves and no other CA.</summary>
    /// <param name="name">The CN, its whole subject: 1 to 64 characters, none of them invisible.</param>
    /// <param name="now">The validity begins <see cref="Backdate"/> before.</param>
    /// <param name="lifetime">From now to the end; at least a second. Fractions of a second are cut off the end.</param>
    /// <exception cref="ArgumentException">The name or the lifetime is out of bounds.</exception>
    public static LocalCa Generate(string name, DateTimeOffset now, TimeSpan lifetime) => Generate(name, now, lifetime, CaKey.Generate());

    /// <summary>Makes a self-signed certificate for a key that is somewhere else, such as in a token.</summary>
    /// <param name="key">EC on P-256, P-384 or P-521, or RSA from 2048 bits. It belongs to the CA from then on.</param>
    /// <inheritdoc cref="Generate(string, DateTimeOffset, TimeSpan)"/>
    public static LocalCa Generate(string name, DateTimeOffset now, TimeSpan lifetime, AsymmetricAlgorithm key) => Generate(name, now, lifetime, CaKey.Of(key));

    private static LocalCa Generate(string name, DateTimeOffset now, TimeSpan lifetime, CaKey key)
    {
        LeafTemplate.CheckedName(name, nameof(name));
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromSeconds(1));

        var publicKey = SubjectPublicKeyInfo.GetInstance(key.ExportSubjectPublicKeyInfo());
        var subject = CertificateProfile.Name((X509Name.CN, name));
        var contents = CertificateProfile.Authority(
            publicKey,
            subject,
            LeafTemplate.WholeSeconds(now - Backdate),
            LeafTemplate.WholeSeconds(now + lifetime));
        var der = new Issuer(key, subject, CertificateProfile.KeyIdentifier(publicKey)).Sign(contents);
        return new LocalCa(der, CertificateFields.Read(der), key);
    }

    /// <summary>Takes a CA that was made elsewhere, self-signed or not.</summary>
    /// <param name="certificatePem">One PEM block `CERTIFICATE`: a CA with KeyUsage keyCertSign, and fit for clientAuth where it limits its use.</param>
    /// <param name="privateKeyPem">Its key, unencrypted: PKCS #8, SEC 1 or PKCS #1; P-256, P-384, P-521 or RSA from 2048 bits.</param>
    /// <exception cref="ArgumentException">The certificate is no such CA, or the key is not its own. The message holds nothing of the key.</exception>
    public static LocalCa Import(string certificatePem, string privateKeyPem) =>
        LocalCaImport.Import(certificatePem, privateKeyPem);

    /// <summary>Takes a CA whose key is somewhere else, such as in a token.</summary>
    /// <param name="certificatePem">As with <see cref="Import(string, string)"/>.</param>
    /// <param name="key">Its key, which belongs to the CA from then on.</param>
    /// <exception cref="ArgumentException">The certificate is no such CA, or the key is not its own.</exception>
    public static LocalCa Import(string certificatePem, AsymmetricAlgorithm key) => LocalCaImport.Import(certificatePem, key);

    /// <summary>The private key in PKCS #8 (RFC 5208), unencrypted: to be sealed, and then cleared, by the caller.</summary>
    /// <exception cref="ObjectDisposedException">The CA was disposed of.</exception>
    public byte[] ExportPkcs8PrivateKey() => _issuer.Key.ExportPkcs8();

    /// <summary>Signs a leaf.</summary>
    /// <param name="csr">Gives the public key, and nothing else.</param>
    /// <param name="template">Gives the names and the validity.</param>
    /// <exception cref="SignerException">The CA ends before the leaf would, or its key failed.</exception>
    /// <exception cref="ObjectDisposedException">The CA was disposed of.</exception>
    public Leaf Sign(CheckedCsr csr, LeafTemplate template)
    {
        ArgumentNullException.ThrowIfNull(csr);
        ArgumentNullException.ThrowIfNull(template);
        if (template.NotAfter > NotAfter)
            throw new SignerException($"The CA ends at {NotAfter:u}, before the leaf would at {template.NotAfter:u}.");

        try
        {
            var (contents, fields) = LeafContents.Write(csr, template, _issuer);
            return new Leaf(_issuer.Sign(contents), fields);
        }
        catch (CryptographicException exception)
        {
            throw new SignerException($"The CA's key failed to sign: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public Task<Leaf> SignAsync(CheckedCsr csr, LeafTemplate template, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Sign(csr, template));
    }

    /// <summary>Releases the private key.</summary>
    public void Dispose() => _issuer.Key.Dispose();
}
