namespace AccessGateway.Kubectl.Login;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

/// <summary>Proof key for code exchange, S256 (RFC 7636), and the state of one login.</summary>
internal sealed record Pkce(string Verifier, string State)
{
    private const int RandomBytes = 32;

    public static Pkce New() => new(Secret(), Secret());

    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public static bool AreEqual(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    private static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
}
