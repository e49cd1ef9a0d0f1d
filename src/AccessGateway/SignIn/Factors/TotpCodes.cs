namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using OtpNet;

/// <summary>Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 s; the current step and the one before count.</summary>
internal static class TotpCodes
{
    /// <summary>160 bits (RFC 4226, 4, R6).</summary>
    public const int SecretBytes = 20;

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretBytes);

    /// <summary>Base32 without padding (RFC 4648), as authenticators take it by hand.</summary>
    public static string Base32(ReadOnlySpan<byte> secret) => Base32Encoding.ToString(secret.ToArray()).TrimEnd('=');

    /// <summary>The address that a QR code carries.</summary>
    public static string Uri(ReadOnlySpan<byte> secret, string issuer, string account) =>
        new OtpUri(OtpType.Totp, secret.ToArray(), account, issuer).ToString();

    /// <summary>Exactly six ASCII digits; anything else is no code, however close.</summary>
    public static bool IsWellFormed(string code) => code.Length == 6 && code.All(char.IsAsciiDigit);

    /// <summary>The time step that the code belongs to, or null where it is wrong.</summary>
    public static long? Match(byte[] secret, string code, DateTimeOffset now)
    {
        if (!IsWellFormed(code))
            return null;
        var totp = new Totp(secret);
        return totp.VerifyTotp(now.UtcDateTime, code, out var step, new VerificationWindow(previous: 1, future: 0)) ? step : null;
    }
}
