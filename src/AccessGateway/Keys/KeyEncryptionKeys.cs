namespace AccessGateway.Keys;

using System.Security.Cryptography;
using Microsoft.Extensions.Options;

/// <summary>Opens key-encryption keys as the settings say.</summary>
internal sealed class KeyEncryptionKeys(IOptions<KeysOptions> options)
{
    /// <summary>The configured key and the one before it, for one piece of work.</summary>
    /// <exception cref="InvalidOperationException">The configured key cannot be had; says why.</exception>
    public OpenKeyEncryptionKeys Open() => new(options.Value);

    /// <summary>Makes the configured key, where it is a file that is not there: only at the very first start, when there is nothing
    /// that a lost key could open.</summary>
    public void CreateIfMissing()
    {
        if (options.Value.Source == KeySourceOptions.FromFile && !File.Exists(options.Value.File))
            KeyFile.CreateKey(options.Value.File);
    }
}

/// <summary>The configured key-encryption key, and the previous one from when it is asked for.</summary>
internal sealed class OpenKeyEncryptionKeys(KeysOptions options) : IDisposable
{
    private IKeyEncryptionKey? _previous;

    /// <summary>The configured key. New data keys are wrapped by it.</summary>
    public IKeyEncryptionKey Current { get; } = Open(options, "Keys");

    /// <summary>The key that a data key is wrapped by.</summary>
    /// <exception cref="InvalidOperationException">It is neither the configured one nor the previous one.</exception>
    public IKeyEncryptionKey Of(DataKey key)
    {
        if (key.KeyEncryptionKeyId == Current.Id)
            return Current;
        if (options.Previous.Source.Length == 0)
            throw Wrong(key, $"the configured key (Keys) is {Current.Id}. Configure the key that they are wrapped by, or name it under Keys:Previous.");
        _previous ??= Open(options.Previous, "Keys:Previous");
        return key.KeyEncryptionKeyId == _previous.Id
            ? _previous
            : throw Wrong(key, $"the configured key (Keys) is {Current.Id}, and the previous one (Keys:Previous) is {_previous.Id}.");
    }

    public void Dispose()
    {
        Current.Dispose();
        _previous?.Dispose();
    }

    private static InvalidOperationException Wrong(DataKey key, string what) => new($"The data keys are wrapped by key {key.KeyEncryptionKeyId}, {what}");

    private static IKeyEncryptionKey Open(KeySourceOptions source, string section) => source.Source switch
    {
        KeySourceOptions.FromFile => new LocalKey(KeyFile.ReadKey(source.File, $"{section}:File")),
        KeySourceOptions.FromEnvironment => new LocalKey(KeyOf(source.EnvironmentVariable, $"{section}:EnvironmentVariable")),
        _ => Pkcs11Key.Open(source.Pkcs11, $"{section}:Pkcs11"),
    };

    private static byte[] KeyOf(string variable, string setting)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
            throw new InvalidOperationException($"{setting}: the environment variable {variable} is not set.");
        var key = new byte[GcmBox.KeySize];
        // Wants exactly as much text as 32 bytes make: blanks around it are forgiven, and nothing else.
        if (text.Trim().Length == 44 && Convert.TryFromBase64String(text.Trim(), key, out var written) && written == key.Length)
            return key;
        CryptographicOperations.ZeroMemory(key);
        throw new InvalidOperationException($"{setting}: the environment variable {variable} must hold the base64 of {GcmBox.KeySize} bytes.");
    }
}
