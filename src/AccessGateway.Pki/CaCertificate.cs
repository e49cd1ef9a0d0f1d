namespace AccessGateway.Pki;

/// <summary>What an operator wants to know of a CA, from its certificate alone.</summary>
/// <param name="NotBefore">UTC, a whole second.</param>
/// <param name="NotAfter">UTC, a whole second. No leaf ends later.</param>
/// <param name="PathLength">How many CAs may stand below it; null where nothing limits it. Zero is what a signer of leaves needs.</param>
public sealed record CaCertificate(DateTimeOffset NotBefore, DateTimeOffset NotAfter, int? PathLength)
{
    /// <param name="pem">As with <see cref="LocalCa.Import(string, string)"/>.</param>
    /// <exception cref="ArgumentException">It is no certificate of a CA that can sign leaves.</exception>
    public static CaCertificate Read(string pem)
    {
        var (_, fields) = LocalCaImport.Authority(pem);
        return new CaCertificate(fields.NotBefore, fields.NotAfter, fields.PathLength);
    }
}
