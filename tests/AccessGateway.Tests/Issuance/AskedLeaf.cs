namespace AccessGateway.Tests.Issuance;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>A leaf as a cluster is asked for it, or as it makes something else of it.</summary>
internal sealed class AskedLeaf
{
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";

    public required string Subject { get; set; }

    public required ECDsa Key { get; set; }

    public required DateTimeOffset NotBefore { get; set; }

    public required DateTimeOffset NotAfter { get; set; }

    public bool IsAuthority { get; set; }

    public string[] Usages { get; set; } = [ClientAuth];

    public X509KeyUsageFlags KeyUsages { get; set; } = X509KeyUsageFlags.DigitalSignature;

    public List<X509Extension> More { get; } = [];

    /// <summary>Puts one thing wrong.</summary>
    public void Spoil(string grantId, string fault)
    {
        switch (fault)
        {
            case "ends with the next second": NotAfter = NotAfter.AddSeconds(1); break;
            case "ends a day later": NotAfter = NotAfter.AddDays(1); break;
            case "over already": (NotBefore, NotAfter) = (NotBefore.AddHours(-2), NotBefore.AddHours(-1)); break;
            case "other name": Subject = $"CN=bob,O=jit:{grantId}"; break;
            case "two names": Subject = $"CN=alice,CN=bob,O=jit:{grantId}"; break;
            case "unit besides": Subject = $"CN=alice,OU=x,O=jit:{grantId}"; break;
            case "other grant": Subject = "CN=alice,O=jit:gr-0000000000000"; break;
            case "system:masters besides": Subject = $"CN=alice,O=system:masters,O=jit:{grantId}"; break;
            case "no group": Subject = "CN=alice"; break;
            case "other key": Key = ECDsa.Create(ECCurve.NamedCurves.nistP256); break;
            case "CA": IsAuthority = true; break;
            case "for servers": Usages = [ServerAuth]; break;
            case "for servers besides": Usages = [ClientAuth, ServerAuth]; break;
            case "for anything": Usages = [AnyUsage]; break;
            case "usage missing": Usages = []; break;
            case "may sign certificates": KeyUsages |= X509KeyUsageFlags.KeyCertSign; break;
            case "DNS name":
                var names = new SubjectAlternativeNameBuilder();
                names.AddDnsName("kubernetes");
                More.Add(names.Build());
                break;
            default: More.Add(new X509Extension("1.3.6.1.4.1.99999.1", [0x05, 0x00], critical: true)); break;
        }
    }

    /// <returns>The certificate as PEM.</returns>
    public string Sign(ECDsa authority)
    {
        var request = new CertificateRequest(Subject, Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(IsAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(KeyUsages, true));
        if (Usages.Length > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Usages.Select(oid => new Oid(oid))], false));
        More.ForEach(request.CertificateExtensions.Add);
        using var certificate = request.Create(
            new X500DistinguishedName("CN=kubernetes"), X509SignatureGenerator.CreateForECDsa(authority), NotBefore, NotAfter, RandomNumberGenerator.GetBytes(8));
        return certificate.ExportCertificatePem();
    }
}
