namespace AccessGateway.Keys;

using System.Collections.Concurrent;
using System.Security.Cryptography;

/// <summary>
/// The PIN that each token refused last, so that it is not tried again: after a few wrong ones a token locks, and whoever asks for a leaf would try once
/// more. Kept as a code under a key of this process.
/// </summary>
internal static class RefusedPins
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private static readonly ConcurrentDictionary<(string Module, string Token), byte[]> Known = new();

    public static bool Has(Pkcs11Options options, byte[] pin) => Known.TryGetValue(Place(options), out var code) && CryptographicOperations.FixedTimeEquals(code, CodeOf(pin));

    public static void Add(Pkcs11Options options, byte[] pin) => Known[Place(options)] = CodeOf(pin);

    public static void Forget(Pkcs11Options options) => Known.TryRemove(Place(options), out _);

    private static (string Module, string Token) Place(Pkcs11Options options) => (options.Module, options.TokenLabel);

    private static byte[] CodeOf(byte[] pin) => HMACSHA256.HashData(Key, pin);
}
