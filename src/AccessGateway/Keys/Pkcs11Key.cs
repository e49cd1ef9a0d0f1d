namespace AccessGateway.Keys;

using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

/// <summary>
/// A key-encryption key in a PKCS #11 token: data keys go in and out, the key itself never leaves. Wraps with <c>CKM_AES_GCM</c>; its id
/// takes one block of <c>CKM_AES_ECB</c>.
/// </summary>
internal sealed class Pkcs11Key : IKeyEncryptionKey
{
    private const ulong BitsPerByte = 8;

    private readonly Pkcs11Module _module;
    private readonly ISession _session;
    private readonly IObjectHandle _key;

    private Pkcs11Key(Pkcs11Module module, ISession session, IObjectHandle key)
    {
        (_module, _session, _key) = (module, session, key);
        using var mechanism = session.Factories.MechanismFactory.Create(CKM.CKM_AES_ECB);
        Id = KeyEncryptionKeyId.Of(session.Encrypt(mechanism, key, KeyEncryptionKeyId.Block));
    }

    public string Id { get; }

    /// <exception cref="InvalidOperationException">Module, token, PIN or key is not there or not right; says which setting.</exception>
    public static Pkcs11Key Open(Pkcs11Options options, string section)
    {
        var module = Pkcs11Module.Open(options.Module, $"{section}:Module");
        ISession? session = null;
        try
        {
            session = Pkcs11Token.LogIn(module.Library, options, section);
            return new Pkcs11Key(module, session, Pkcs11Token.FindKey(session, options.KeyLabel, $"{section}:KeyLabel"));
        }
        catch (Exception e)
        {
            // The log-in ends with the token's last session.
            session?.Dispose();
            module.Dispose();
            if (e is Pkcs11Exception failure)
                throw new InvalidOperationException($"{section}: the token {options.TokenLabel} answered {failure.RV} to {failure.Method}.", e);
            throw;
        }
    }

    public byte[] Wrap(ReadOnlySpan<byte> key, byte[] associatedData)
    {
        var nonce = RandomNumberGenerator.GetBytes(GcmBox.NonceSize);
        var plaintext = key.ToArray();
        try
        {
            return [.. nonce, .. WithGcm(nonce, associatedData, mechanism => _session.Encrypt(mechanism, _key, plaintext))];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, byte[] associatedData)
    {
        if (wrapped.Length < GcmBox.Overhead)
            throw new CryptographicException("The wrapped key is too short.");
        var box = wrapped[GcmBox.NonceSize..].ToArray();
        return WithGcm(wrapped[..GcmBox.NonceSize].ToArray(), associatedData, mechanism => _session.Decrypt(mechanism, _key, box));
    }

    public void Dispose()
    {
        _session.Dispose();
        _module.Dispose();
    }

    private byte[] WithGcm(byte[] nonce, byte[] associatedData, Func<IMechanism, byte[]> work)
    {
        try
        {
            using var parameters = _session.Factories.MechanismParamsFactory.CreateCkGcmParams(
                nonce, (ulong)nonce.Length * BitsPerByte, associatedData, GcmBox.TagSize * BitsPerByte);
            using var mechanism = _session.Factories.MechanismFactory.Create(CKM.CKM_AES_GCM, parameters);
            return work(mechanism);
        }
        catch (Pkcs11Exception e)
        {
            throw new CryptographicException($"The token answered {e.RV} to {e.Method}.", e);
        }
    }
}
