namespace AccessGateway.Persistence;

using System.Security.Cryptography;

/// <summary>Identifiers that people read out and Kubernetes accepts in names, labels and groups: a prefix, a hyphen and 65 random
/// bits in 13 characters without look-alikes.</summary>
internal static class Identifier
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New(string prefix) => $"{prefix}-{RandomNumberGenerator.GetString(Alphabet, 13)}";
}
