namespace AccessGateway.Testing;

using System.Security.Cryptography;

/// <summary>RSA keys for tests. Making one costs hundreds of milliseconds, so they go round.</summary>
internal static class TestKeys
{
    private static readonly Lazy<RSAParameters>[] Ring = [.. Enumerable.Range(0, 12).Select(_ => new Lazy<RSAParameters>(Make))];
    private static int _next;

    /// <summary>A key of 2048 bits; the last eleven were others.</summary>
    public static RSA NextRsa() => RSA.Create(Ring[(uint)Interlocked.Increment(ref _next) % Ring.Length].Value);

    private static RSAParameters Make()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportParameters(includePrivateParameters: true);
    }
}
