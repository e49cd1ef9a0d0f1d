namespace AccessGateway.Keys;

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

/// <summary>Finds what is named in a PKCS #11 token, and says clearly what is not there.</summary>
internal static class Pkcs11Token
{
    private const ulong KeyBytes = GcmBox.KeySize;

    /// <summary>A session of the user in the token with the label.</summary>
    public static ISession LogIn(IPkcs11Library library, Pkcs11Options options, string section)
    {
        var slots = library.GetSlotList(SlotsType.WithTokenPresent).Where(slot => slot.GetTokenInfo().Label.TrimEnd() == options.TokenLabel).ToList();
        if (slots.Count != 1)
            throw new InvalidOperationException($"{section}:TokenLabel: {(slots.Count == 0 ? "no token is" : $"{slots.Count} tokens are")} labelled {options.TokenLabel}.");
        var pin = PinOf(options, section);
        if (RefusedPins.Has(options, pin))
            throw new InvalidOperationException($"{section}: the token {options.TokenLabel} did not take this PIN. It is not tried again, for tokens lock after a few wrong ones: give the right one, or start the gateway anew.");
        var session = slots[0].OpenSession(SessionType.ReadOnly);
        try
        {
            session.Login(CKU.CKU_USER, pin);
            RefusedPins.Forget(options);
            return session;
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            return session;
        }
        catch (Pkcs11Exception e)
        {
            session.Dispose();
            var isWrong = e.RV is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE;
            if (isWrong)
                RefusedPins.Add(options, pin);
            throw isWrong
                ? new InvalidOperationException($"{section}: the token {options.TokenLabel} does not take the PIN.", e)
                : e.RV == CKR.CKR_PIN_LOCKED
                    ? new InvalidOperationException($"{section}: the PIN of the token {options.TokenLabel} is locked after too many wrong ones.", e)
                    : e;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    /// <summary>The one AES key with the label. It must have 256 bits and be bound to the token.</summary>
    public static IObjectHandle FindKey(ISession session, string label, string setting)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        var found = session.FindAllObjects([attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES), attributes.Create(CKA.CKA_LABEL, label)]);
        if (found.Count != 1)
            throw new InvalidOperationException($"{setting}: {(found.Count == 0 ? "no AES key is" : $"{found.Count} AES keys are")} labelled {label} in the token.");
        var values = session.GetAttributeValue(found[0], [CKA.CKA_VALUE_LEN, CKA.CKA_EXTRACTABLE, CKA.CKA_SENSITIVE]);
        if (values[0].GetValueAsUlong() != KeyBytes)
            throw new InvalidOperationException($"{setting}: the key {label} must have 256 bits.");
        if (values[1].GetValueAsBool() || !values[2].GetValueAsBool())
            throw new InvalidOperationException($"{setting}: the key {label} may leave its token (CKA_EXTRACTABLE, or not CKA_SENSITIVE); make one that may not.");
        return found[0];
    }

    /// <summary>The one private key with the label. It must sign, and be bound to the token.</summary>
    public static IObjectHandle FindPrivateKey(ISession session, string label)
    {
        var key = FindOne(session, CKO.CKO_PRIVATE_KEY, label, "private key");
        var values = session.GetAttributeValue(key, [CKA.CKA_SIGN, CKA.CKA_EXTRACTABLE, CKA.CKA_SENSITIVE]);
        if (!values[0].GetValueAsBool())
            throw new InvalidOperationException($"object: the key {label} may not sign (CKA_SIGN).");
        if (values[1].GetValueAsBool() || !values[2].GetValueAsBool())
            throw new InvalidOperationException($"object: the key {label} may leave its token (CKA_EXTRACTABLE, or not CKA_SENSITIVE); make one that may not.");
        return key;
    }

    /// <summary>The public key with the label: EC or RSA.</summary>
    public static AsymmetricAlgorithm FindPublicKey(ISession session, string label)
    {
        var key = FindOne(session, CKO.CKO_PUBLIC_KEY, label, "public key");
        if (session.GetAttributeValue(key, [CKA.CKA_KEY_TYPE])[0].GetValueAsUlong() == (ulong)CKK.CKK_RSA)
        {
            var numbers = session.GetAttributeValue(key, [CKA.CKA_MODULUS, CKA.CKA_PUBLIC_EXPONENT]);
            return RSA.Create(new RSAParameters { Modulus = numbers[0].GetValueAsByteArray(), Exponent = numbers[1].GetValueAsByteArray() });
        }

        // CKA_EC_POINT is the point of a SubjectPublicKeyInfo in an OCTET STRING, CKA_EC_PARAMS its parameters.
        var parts = session.GetAttributeValue(key, [CKA.CKA_EC_PARAMS, CKA.CKA_EC_POINT]);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.2.1");
                writer.WriteEncodedValue(parts[0].GetValueAsByteArray());
            }

            writer.WriteBitString(AsnDecoder.ReadOctetString(parts[1].GetValueAsByteArray(), AsnEncodingRules.DER, out _));
        }

        var ec = ECDsa.Create();
        ec.ImportSubjectPublicKeyInfo(writer.Encode(), out _);
        return ec;
    }

    private static IObjectHandle FindOne(ISession session, CKO kind, string label, string what)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        var found = session.FindAllObjects([attributes.Create(CKA.CKA_CLASS, kind), attributes.Create(CKA.CKA_LABEL, label)]);
        return found.Count == 1
            ? found[0]
            : throw new InvalidOperationException($"object: {(found.Count == 0 ? $"no {what} is" : $"{found.Count} {what}s are")} labelled {label} in the token.");
    }

    private static byte[] PinOf(Pkcs11Options options, string section)
    {
        if (options.PinFile.Length == 0)
        {
            return Environment.GetEnvironmentVariable(options.PinEnvironmentVariable) is { Length: > 0 } pin
                ? Encoding.UTF8.GetBytes(pin.Trim())
                : throw new InvalidOperationException($"{section}:PinEnvironmentVariable: the environment variable {options.PinEnvironmentVariable} is not set.");
        }

        var text = KeyFile.Read(options.PinFile, $"{section}:PinFile");
        var trimmed = text.AsSpan().Trim("\r\n \t"u8).ToArray();
        CryptographicOperations.ZeroMemory(text);
        return trimmed.Length > 0 ? trimmed : throw new InvalidOperationException($"{section}:PinFile: {options.PinFile} is empty.");
    }
}
