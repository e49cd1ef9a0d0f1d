namespace AccessGateway.Keys;

/// <summary>Where the key-encryption key is (section <c>Keys</c>).</summary>
internal sealed class KeysOptions : KeySourceOptions
{
    /// <summary>The key before this one, while data keys are still wrapped by it (<c>keys rotate --kek</c>). Its <c>Source</c> is empty
    /// where there is none.</summary>
    public KeySourceOptions Previous { get; set; } = new() { Source = "" };
}

/// <summary>One key-encryption key: AES with 256 bits.</summary>
internal class KeySourceOptions
{
    public const string FromFile = "file";
    public const string FromEnvironment = "environment";
    public const string FromPkcs11 = "pkcs11";

    /// <summary><c>file</c>, <c>environment</c> or <c>pkcs11</c>.</summary>
    public string Source { get; set; } = FromFile;

    /// <summary>With <c>file</c>: a file of 32 bytes that its owner alone may read, made at the very first start. Empty:
    /// <c>key-encryption.key</c> in the data folder.</summary>
    public string File { get; set; } = "";

    /// <summary>With <c>environment</c>: the name of the variable that holds the base64 of 32 bytes.</summary>
    public string EnvironmentVariable { get; set; } = "";

    /// <summary>With <c>pkcs11</c>: where the key is. It never leaves its token.</summary>
    public Pkcs11Options Pkcs11 { get; set; } = new();
}

/// <summary>An AES key in a PKCS #11 token (OASIS PKCS #11 2.40). The PIN stands in no settings file.</summary>
internal sealed class Pkcs11Options
{
    /// <summary>Absolute path of the vendor's module, for example <c>/usr/lib/softhsm/libsofthsm2.so</c>.</summary>
    public string Module { get; set; } = "";

    /// <summary>The token's label (CKA_LABEL of the token).</summary>
    public string TokenLabel { get; set; } = "";

    /// <summary>The key's label (CKA_LABEL): a secret AES key of 256 bits that may encrypt and decrypt, and that may not be extracted.</summary>
    public string KeyLabel { get; set; } = "";

    /// <summary>A file with the user's PIN that its owner alone may read; this or <see cref="PinEnvironmentVariable"/>.</summary>
    public string PinFile { get; set; } = "";

    /// <summary>The name of the environment variable that holds the user's PIN; this or <see cref="PinFile"/>.</summary>
    public string PinEnvironmentVariable { get; set; } = "";
}
