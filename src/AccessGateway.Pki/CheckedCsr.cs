namespace AccessGateway.Pki;

using System.Formats.Asn1;

/// <summary>
/// A PKCS #10 certificate signing request (RFC 2986) that passed every check. It exists only as the result of <see cref="Read"/>.
/// A leaf takes nothing from it but the public key; the names are here for a signer that must find them equal to the grant's.
/// </summary>
public sealed class CheckedCsr
{
    /// <summary>Characters of the PEM text at most.</summary>
    public const int MaximumLength = 8192;

    private const string Label = "CERTIFICATE REQUEST";

    private readonly SubjectNames _subject;

    private CheckedCsr(ReadOnlyMemory<byte> der, PublicKey key, SubjectNames subject)
    {
        Der = der;
        SubjectPublicKeyInfo = key.SubjectPublicKeyInfo;
        KeyBits = key.Value;
        KeyAlgorithm = key.Algorithm;
        _subject = subject;
    }

    /// <summary>The whole request in DER.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The public key in DER (RFC 5280, section 4.1.2.7).</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    /// <summary>The bytes in the BIT STRING of the public key, of which its identifier is made.</summary>
    internal ReadOnlyMemory<byte> KeyBits { get; }

    /// <summary>`ECDSA P-256`, `ECDSA P-384`, `Ed25519` or `RSA` with its bits.</summary>
    public string KeyAlgorithm { get; }

    /// <summary>The CN that was asked for; null where there is none, or several.</summary>
    public string? CommonName => _subject.CommonName;

    /// <summary>Every O that was asked for, in order.</summary>
    public IReadOnlyList<string> Organizations => _subject.Organizations;

    /// <summary>Whether the subject is one CN, any number of O, and nothing else.</summary>
    public bool HasOnlyCommonNameAndOrganizations => _subject.HasOnlyCommonNameAndOrganizations;

    /// <summary>The request as one PEM block, written anew.</summary>
    public string ToPem() => PemBlock.Write(Label, Der.Span);

    /// <summary>
    /// Reads and checks a request. Accepted are ECDSA over P-256 and P-384, Ed25519, and RSA of 2048 to 4096 bits with PKCS #1 v1.5,
    /// signed with SHA-256, SHA-384 or SHA-512. Attributes, among them requested extensions, are carried along unread.
    /// </summary>
    /// <param name="pem">One PEM block `CERTIFICATE REQUEST`, at most <see cref="MaximumLength"/> characters. Any text at all is allowed here.</param>
    /// <returns>The request, or why it is refused. Nothing is thrown.</returns>
    public static CsrResult Read(string? pem)
    {
        if (!PemBlock.TryRead(pem, Label, MaximumLength, out var der, out var refusal))
            return Refuse($"The certificate request is refused: {refusal}.");
        if (DerShape.Fault(der) is { } fault)
            return Refuse($"The certificate request is not DER: {fault}.");

        try
        {
            return Check(der);
        }
        catch (AsnContentException)
        {
            return Refuse("The certificate request is not of the form that RFC 2986 gives.");
        }
    }

    private static CsrResult Check(byte[] der)
    {
        var parts = CsrParts.Read(der);
        var subject = SubjectNames.Read(parts.Subject);
        if (!PublicKey.TryRead(parts.SubjectPublicKeyInfo, out var key, out var refusal)) return Refuse(refusal);

        return SelfSignature.Fault(key, parts) is { } fault ? Refuse(fault) : new CsrResult.Accepted(new CheckedCsr(der, key, subject));
    }

    private static CsrResult.Refused Refuse(string reason) => new(reason);
}
