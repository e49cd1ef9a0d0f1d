namespace AccessGateway.Keys;

using System.Formats.Asn1;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

/// <summary>A private key in a PKCS #11 token, that signs there: ECDSA (<c>CKM_ECDSA</c>) or RSA with PKCS #1 v1.5 (<c>CKM_RSA_PKCS</c>).</summary>
internal sealed class Pkcs11SigningKey : IDisposable
{
    private readonly Pkcs11Module _module;
    private readonly ISession _session;

    private Pkcs11SigningKey(Pkcs11Module module, ISession session, string label)
    {
        (_module, _session) = (module, session);
        var key = Pkcs11Token.FindPrivateKey(session, label);
        var publicKey = Pkcs11Token.FindPublicKey(session, label);
        Key = publicKey switch
        {
            ECDsa ec => new InToken.Ec(ec, Sign(CKM.CKM_ECDSA, key)),
            RSA rsa => new InToken.Rsa(rsa, Sign(CKM.CKM_RSA_PKCS, key)),
            _ => throw new InvalidOperationException($"object: the key {label} is neither EC nor RSA."),
        };
    }

    /// <summary>The key as the platform's class, whose private operations happen in the token. One thread at a time.</summary>
    public AsymmetricAlgorithm Key { get; }

    /// <exception cref="InvalidOperationException">Module, token, PIN or key is not there or not right; says what.</exception>
    public static Pkcs11SigningKey Open(Pkcs11Options options)
    {
        const string section = "pkcs11";
        var module = Pkcs11Module.Open(options.Module, $"{section}:Module");
        ISession? session = null;
        try
        {
            session = Pkcs11Token.LogIn(module.Library, options, section);
            return new Pkcs11SigningKey(module, session, options.KeyLabel);
        }
        catch (Exception e)
        {
            Close(session, module);
            if (e is Pkcs11Exception failure)
                throw new InvalidOperationException($"{section}: the token {options.TokenLabel} answered {failure.RV} to {failure.Method}.", e);
            throw;
        }
    }

    public void Dispose()
    {
        Key.Dispose();
        Close(_session, _module);
    }

    /// <summary>A token that is gone cannot close its session, and needs not: the module forgets it.</summary>
    private static void Close(ISession? session, Pkcs11Module module)
    {
        try
        {
            session?.Dispose();
        }
        catch (Pkcs11Exception)
        {
        }
        finally
        {
            module.Dispose();
        }
    }

    private Func<byte[], byte[]> Sign(CKM mechanismType, IObjectHandle key) => data =>
    {
        try
        {
            using var mechanism = _session.Factories.MechanismFactory.Create(mechanismType);
            return _session.Sign(mechanism, key, data);
        }
        catch (Pkcs11Exception e)
        {
            throw new CryptographicException($"The token answered {e.RV} to {e.Method}.", e);
        }
    };

    /// <summary>The platform's key classes over a signing function; what is public comes from the public key.</summary>
    private static class InToken
    {
        internal sealed class Ec(ECDsa publicKey, Func<byte[], byte[]> sign) : ECDsa
        {
            public override int KeySize => publicKey.KeySize;

            public override byte[] SignHash(byte[] hash) => sign(hash);

            public override bool VerifyHash(byte[] hash, byte[] signature) => publicKey.VerifyHash(hash, signature);

            public override ECParameters ExportParameters(bool includePrivateParameters) => publicKey.ExportParameters(OnlyPublic(includePrivateParameters));

            protected override byte[] HashData(byte[] data, int offset, int count, HashAlgorithmName hashAlgorithm) =>
                CryptographicOperations.HashData(hashAlgorithm, data.AsSpan(offset, count));

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                    publicKey.Dispose();
                base.Dispose(disposing);
            }
        }

        internal sealed class Rsa(RSA publicKey, Func<byte[], byte[]> sign) : RSA
        {
            public override int KeySize => publicKey.KeySize;

            public override byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding) => sign(DigestInfo(hash, hashAlgorithm));

            public override bool VerifyHash(byte[] hash, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding) =>
                publicKey.VerifyHash(hash, signature, hashAlgorithm, padding);

            public override RSAParameters ExportParameters(bool includePrivateParameters) => publicKey.ExportParameters(OnlyPublic(includePrivateParameters));

            public override void ImportParameters(RSAParameters parameters) => throw new NotSupportedException();

            protected override byte[] HashData(byte[] data, int offset, int count, HashAlgorithmName hashAlgorithm) =>
                CryptographicOperations.HashData(hashAlgorithm, data.AsSpan(offset, count));

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                    publicKey.Dispose();
                base.Dispose(disposing);
            }

            /// <summary>What <c>CKM_RSA_PKCS</c> pads (RFC 8017, 9.2): the hash with the name of its algorithm.</summary>
            private static byte[] DigestInfo(byte[] hash, HashAlgorithmName hashAlgorithm)
            {
                if (hashAlgorithm != HashAlgorithmName.SHA256)
                    throw new NotSupportedException("Only SHA-256 is signed with RSA.");
                var writer = new AsnWriter(AsnEncodingRules.DER);
                using (writer.PushSequence())
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                        writer.WriteNull();
                    }

                    writer.WriteOctetString(hash);
                }

                return writer.Encode();
            }
        }

        private static bool OnlyPublic(bool includePrivateParameters) =>
            includePrivateParameters ? throw new CryptographicException("The private key does not leave its token.") : false;
    }
}
