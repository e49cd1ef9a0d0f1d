namespace AccessGateway.Tests.Issuance;

using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Clusters;
using AccessGateway.Issuance;
using AccessGateway.Pki;
using AccessGateway.Testing;
using Xunit;

/// <summary>CAs whose keys are in a token of SoftHSM's.</summary>
[UnsupportedOSPlatform("windows")]
[Collection(nameof(SoftHsmTests))]
public sealed class Pkcs11SignerTests(SoftHsmHere softHsm)
{
    private const string NoSoftHsm = "needs SoftHSM; run tests/run.sh";

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA")]
    public async Task Sign_KeyInTheToken_LeafOfItsCa(string kind)
    {
        var hsm = Hsm();
        var label = $"ca-{kind}";
        await hsm.ImportPairAsync(NewKey(kind), label, Convert.ToHexString(RandomNumberGenerator.GetBytes(2)));
        var (address, problem) = Pkcs11Address.Read(hsm.AddressOf(label));
        Assert.Null(problem);
        var pem = Pkcs11Signer.CertificateFor(address!, "in a token", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        using var signer = new Pkcs11Signer(new SignerDefinition.Pkcs11(address!, pem), TimeProvider.System);
        var leaves = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SignAsync(signer)));
        Assert.Equal(8, leaves.Select(leaf => leaf.Serial).Distinct().Count());
        using var anchor = X509Certificate2.CreateFromPem(pem);
        foreach (var leaf in leaves)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
            using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
            chain.ChainPolicy.CustomTrustStore.Add(anchor);
            Assert.True(chain.Build(certificate), string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation)));
        }

        await LeafLint.AssertAsync(pem, leaves[0].Pem, "CN=alice,O=jit:gr-1", "Authority Key Identifier", "Basic Constraints", "Extended Key Usage", "Key Usage", "Subject Key Identifier");
    }

    [Fact]
    public async Task Sign_CertificateOfAnotherKeyOrNoKey_SaysSo()
    {
        var hsm = Hsm();
        await hsm.ImportPairAsync(NewKey("P-256"), "other", "0b");
        var (address, _) = Pkcs11Address.Read(hsm.AddressOf("other"));
        using var foreign = LocalCa.Generate("another", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        var wrong = await Assert.ThrowsAsync<SignerException>(() => SignAsync(new Pkcs11Signer(new SignerDefinition.Pkcs11(address!, foreign.CertificatePem), TimeProvider.System)));
        Assert.Contains("does not belong", wrong.Message, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<SignerException>(() => SignAsync(new Pkcs11Signer(new SignerDefinition.Pkcs11(address! with { Label = "nothing" }, foreign.CertificatePem), TimeProvider.System)));
        Assert.Contains("labelled nothing", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(SoftHsm.Pin, missing.Message, StringComparison.Ordinal);
    }

    /// <summary>Everybody who needs a leaf makes the gateway open the token. A PIN that is wrong is tried once, or they would lock it.</summary>
    [Fact]
    public async Task Sign_WrongPin_TriedOnceUntilItIsAnother()
    {
        var hsm = Hsm();
        await hsm.ImportPairAsync(NewKey("P-256"), "pins", "0c");
        var address = Pkcs11Address.Read(hsm.AddressOf("pins")).Address!;
        var pem = Pkcs11Signer.CertificateFor(address, "in a token", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        var file = $"{hsm.PinFile}-wrong";
        await WriteAsync("wrong-pin");
        using var signer = new Pkcs11Signer(new SignerDefinition.Pkcs11(address with { PinFile = file }, pem), TimeProvider.System);
        Assert.Contains("does not take the PIN", await RefusalAsync(), StringComparison.Ordinal);
        Assert.Contains("is not tried again", await RefusalAsync(), StringComparison.Ordinal);
        await WriteAsync("another-wrong-pin");
        Assert.Contains("does not take the PIN", await RefusalAsync(), StringComparison.Ordinal);
        Assert.Contains("is not tried again", await RefusalAsync(), StringComparison.Ordinal);
        await WriteAsync(SoftHsm.Pin);
        await SignAsync(signer);

        async Task<string> RefusalAsync() => (await Assert.ThrowsAsync<SignerException>(() => SignAsync(signer))).Message;

        async Task WriteAsync(string pin)
        {
            File.Delete(file);
            await File.WriteAllTextAsync(file, pin, TestContext.Current.CancellationToken);
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }
    }

    [Theory]
    [InlineData("pkcs11:token=a;object=b?module-path=/m&pin-source=file:/p", null)]
    [InlineData("pkcs11:token=a%20b;object=b;type=private?module-path=/m&pin-source=/p", null)]
    [InlineData("http://a", "must begin with pkcs11:")]
    [InlineData("pkcs11:object=b?module-path=/m&pin-source=/p", "token is missing.")]
    [InlineData("pkcs11:token=a?module-path=/m&pin-source=/p", "object is missing.")]
    [InlineData("pkcs11:token=a;object=b?pin-source=/p", "module-path is missing.")]
    [InlineData("pkcs11:token=a;object=b?module-path=/m", "pin-source is missing.")]
    [InlineData("pkcs11:token=a;object=b?module-path=/m&pin-value=1234", "pin-value is refused: a PIN does not belong into the configuration; give pin-source.")]
    [InlineData("pkcs11:token=a;object=b?module-path=m&pin-source=/p", "module-path and pin-source must be absolute paths.")]
    [InlineData("pkcs11:token=a;token=b;object=b?module-path=/m&pin-source=/p", "'token' comes twice.")]
    [InlineData("pkcs11:token=a;object=b;type=cert?module-path=/m&pin-source=/p", "type must be private.")]
    [InlineData("pkcs11:token=a;slot-id=3;object=b?module-path=/m&pin-source=/p", "'slot-id' is not known here; give token, object, type.")]
    public void Read_Address_OrWhatIsWrongWithIt(string uri, string? problem) => Assert.Equal(problem, Pkcs11Address.Read(uri).Problem);

    private SoftHsm Hsm()
    {
        Assert.SkipWhen(SoftHsm.Module is null, NoSoftHsm);
        return softHsm.Hsm!;
    }

    private static string NewKey(string kind)
    {
        using AsymmetricAlgorithm key = kind switch
        {
            "RSA" => RSA.Create(2048),
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        };
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static Task<Leaf> SignAsync(Pkcs11Signer signer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = Assert.IsType<CsrResult.Accepted>(CheckedCsr.Read(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem())).Csr;
        var now = TimeProvider.System.GetUtcNow();
        return signer.SignAsync(csr, new LeafTemplate("alice", "jit:gr-1", now.AddSeconds(-30), now.AddMinutes(5)), default);
    }
}

/// <summary>SoftHSM in this process: its module reads where the tokens are from the environment once.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SoftHsmHere : IAsyncLifetime
{
    internal SoftHsm? Hsm { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (SoftHsm.Module is null)
            return;
        Hsm = await SoftHsm.CreateAsync();
        Hsm.UseHere();
    }

    public ValueTask DisposeAsync()
    {
        Hsm?.Dispose();
        return ValueTask.CompletedTask;
    }
}

[CollectionDefinition(nameof(SoftHsmTests))]
[UnsupportedOSPlatform("windows")]
public sealed class SoftHsmTests : ICollectionFixture<SoftHsmHere>;
