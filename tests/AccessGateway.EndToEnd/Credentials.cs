namespace AccessGateway.EndToEnd;

using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;

/// <summary>What the plugin does for a person, by hand: a key, a CSR, a kubeconfig with the leaf.</summary>
internal static class Credentials
{
    private static readonly ConcurrentDictionary<string, string> Keys = new(StringComparer.Ordinal);

    public static async Task<string> KubeconfigAsync(HttpClient client, string grantId, string folder)
    {
        var grant = (await client.GetFromJsonAsync($"/api/v1/grants/{grantId}", GatewayJson.Default.GrantView))!;
        var csr = Csr(grant.Id, grant.Subject, out var key);
        using var answer = await client.PostAsJsonAsync($"/api/v1/grants/{grantId}/credential", new CredentialRequest { Csr = csr }, GatewayJson.Default.CredentialRequest);
        answer.EnsureSuccessStatusCode();
        var credential = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.CredentialResponse))!;
        return Write(folder, credential, key);
    }

    /// <summary>Writes a kubeconfig that uses the credential; returns its path.</summary>
    public static string Write(string folder, CredentialResponse credential, string key)
    {
        string Save(string name, string text)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, text);
            return path;
        }

        var (authority, leaf, privateKey) = (Save("server-ca.crt", credential.CertificateAuthority), Save("leaf.crt", credential.Certificate), Save("leaf.key", key));
        return Save("kubeconfig", $"""
            apiVersion: v1
            kind: Config
            current-context: x
            contexts:
            - name: x
              context:
                cluster: x
                user: x
            clusters:
            - name: x
              cluster:
                server: {credential.Server}
                certificate-authority: {authority}
            users:
            - name: x
              user:
                client-certificate: {leaf}
                client-key: {privateKey}

            """);
    }

    /// <summary>With the same key each time: a grant has one.</summary>
    public static string Csr(string grantId, string subject, out string keyPem)
    {
        keyPem = Keys.GetOrAdd(grantId, _ => NewKey());
        using var key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        return new CertificateRequest($"O=jit:{grantId}, CN={subject}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }
}
