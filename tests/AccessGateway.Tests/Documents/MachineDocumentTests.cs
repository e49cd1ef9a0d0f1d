namespace AccessGateway.Tests.Documents;

using System.Security.Cryptography;
using AccessGateway.Documents;
using AccessGateway.Testing;
using Microsoft.IdentityModel.Tokens;
using Xunit;

public sealed class MachineDocumentTests : IDisposable
{
    private readonly string _folder = MachineSetup.WriteConfiguration(api: null);

    private string Yaml => File.ReadAllText(Path.Combine(_folder, "documents.yaml"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_Machines_Read()
    {
        var documents = GatewayDocuments.Load(_folder);
        Assert.Equal(["EC", "RSA"], documents.MachineClient("deploy-bot")!.Keys.Select(key => key.Kty));
        Assert.All(documents.MachineClients[0].Keys, key => Assert.False(key.HasPrivateKey));
        Assert.Equal(["dev/ci/deployer"], documents.Policies[1].Requesters.Machines.ServiceAccounts);
    }

    [Theory]
    [InlineData("dev/ci/deployer", "prod/ci/deployer", "'prod/ci/deployer' names a cluster that no document registers")]
    [InlineData("dev/ci/deployer", "dev/*/deployer", "must be cluster/namespace/name")]
    [InlineData("dev/ci/deployer", "dev/ci", "must be cluster/namespace/name")]
    [InlineData("dev/ci/deployer", "'dev/ci/system:x'", "must be cluster/namespace/name")]
    [InlineData("dev/ci/deployer", "dev/ci/a-name-that-is-far-too-long-to-stand-in-a-certificate-of-sixty-four", "is too long")]
    [InlineData("clients: [deploy-bot]", "clients: [deploy-bott]", "there is no MachineClient 'deploy-bott'")]
    [InlineData("metadata: {name: deploy-bot}", "metadata: {name: kubectl-access}", "the plugin's own name")]
    [InlineData("metadata: {name: deploy-bot}", "metadata: {name: a-name-that-is-too-long-to-stand-in-a-certificate-with-its-prefix}", "at most 57")]
    [InlineData("keys: [{file: deploy-bot.pem}, {file: deploy-bot-rsa.pem}]", "keys: []", "give 1 to 10")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{secret: abc}", "give each as {file: …}")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{file: missing.pem}", "cannot be read")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{file: documents.yaml}", "holds no public key")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{file: private.pem}", "holds a private key")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{file: small.pem}", "RSA key of 1024 bits")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{file: p384.pem}", "another curve")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{jwks: {file: secret.json}}", "type 'oct'")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{jwks: {file: private.json}}", "holds a private key")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{jwks: {file: documents.yaml}}", "is no JSON Web Key Set")]
    [InlineData("keys: [{file: deploy-bot.pem}", "keys: [{jwks: {file: empty.json}}", "holds no key")]
    public void Load_Wrong_ErrorSaysWhatAndWhere(string right, string wrong, string message)
    {
        WriteWrongKeys();
        Assert.Contains(right, Yaml, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "documents.yaml"), Yaml.Replace(right, wrong, StringComparison.Ordinal));
        var e = Assert.Throws<DocumentException>(() => GatewayDocuments.Load(_folder));
        Assert.Contains(e.Errors, error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 1 && error.Column > 1);
    }

    [Fact]
    public void Load_KeySet_Read()
    {
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ECDsa.Create(MachineSetup.ClientKey.ExportParameters(includePrivateParameters: false))) { KeyId = "one" });
        File.WriteAllText(Path.Combine(_folder, "keys.json"), $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":"{{key.X}}","y":"{{key.Y}}"}]}""");
        File.WriteAllText(Path.Combine(_folder, "documents.yaml"), Yaml.Replace("{file: deploy-bot.pem}", "{jwks: {file: keys.json}}", StringComparison.Ordinal));
        Assert.Equal("one", GatewayDocuments.Load(_folder).MachineClients[0].Keys[0].Kid);
    }

    private void WriteWrongKeys()
    {
        void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
        using var small = RSA.Create(1024);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Write("private.pem", MachineSetup.ClientKey.ExportPkcs8PrivateKeyPem());
        Write("small.pem", small.ExportSubjectPublicKeyInfoPem());
        Write("p384.pem", other.ExportSubjectPublicKeyInfoPem());
        Write("secret.json", """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""");
        Write("empty.json", """{"keys":[]}""");
        var parameters = MachineSetup.ClientKey.ExportParameters(includePrivateParameters: true);
        Write("private.json", $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{Base64UrlEncoder.Encode(parameters.Q.X)}}","y":"{{Base64UrlEncoder.Encode(parameters.Q.Y)}}","d":"{{Base64UrlEncoder.Encode(parameters.D)}}"}]}""");
    }
}
