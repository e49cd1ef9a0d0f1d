namespace AccessGateway.Keys;

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
        var session = slots[0].OpenSession(SessionType.ReadOnly);
        try
        {
            session.Login(CKU.CKU_USER, pin);
            return session;
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            return session;
        }
        catch (Pkcs11Exception e)
        {
            session.Dispose();
            throw e.RV is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE
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
