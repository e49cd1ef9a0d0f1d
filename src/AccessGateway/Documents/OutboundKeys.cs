namespace AccessGateway.Documents;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Outbound;

/// <summary>Reads the keys that stand beside every address that the gateway is to call: <c>url</c>, <c>allow</c> and
/// <c>certificateAuthority</c>.</summary>
internal static class OutboundKeys
{
    public static (Uri Url, OutboundRules Rules) ReadUrl(MappingReader called)
    {
        var rules = ReadRules(called);
        var url = called.Text("url", text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? rules.UrlProblem(uri) : "must be an https:// address without user and fragment.", required: true);
        return (Uri.TryCreate(url, UriKind.Absolute, out var target) ? target : new Uri("https://invalid"), rules);
    }

    public static OutboundRules ReadRules(MappingReader called) =>
        OutboundRules.Of(called.Texts("allow", OutboundRules.EntryProblem)) with { CertificateAuthority = ReadAuthority(called) };

    public static X509Certificate2Collection? ReadAuthority(MappingReader parent) => parent.Optional("certificateAuthority", authority =>
    {
        var certificates = new X509Certificate2Collection();
        var pem = authority.FileText("file");
        try
        {
            certificates.ImportFromPem(pem);
            if (pem.Length > 0 && certificates.Count == 0)
                authority.Error("file: it holds no certificate in PEM.", "file");
        }
        catch (CryptographicException e)
        {
            authority.Error($"file: it holds no certificate in PEM: {e.Message}", "file");
        }

        return certificates;
    });
}
