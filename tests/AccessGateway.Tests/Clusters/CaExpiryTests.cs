namespace AccessGateway.Tests.Clusters;

using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Issuance;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.Testing;
using AccessGateway.Tests.Issuance;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class CaExpiryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("signing", "40.00:00:00", "")]
    [InlineData("signing", "30.00:00:00", "")]
    [InlineData("signing", "29.00:00:00", "ends at 2026-12-26 08:00:00Z, in 29 days. Replace it: access-gateway ca rotate dev")]
    [InlineData("imported", "29.00:00:00", "in 29 days. Give its document another one.")]
    [InlineData("signing", "07:59:59", "before a grant of 8h would")]
    [InlineData("next", "00:00:00", "ended at 2026-11-27 08:00:00Z: nobody gets credentials.")]
    [InlineData("pkcs11", "-1.00:00:00", "ended at")]
    [InlineData("outgoing", "-1.00:00:00", "")]
    public void Warning_SomeTimeBeforeTheEnd_SaysWhatAnOperatorShouldKnow(string state, string left, string expected)
    {
        var warning = new CaEnd("dev", state, Now + TimeSpan.Parse(left, CultureInfo.InvariantCulture), TimeSpan.FromHours(8)).Warning(Now);
        Assert.Equal(expected.Length == 0, warning is null);
        Assert.Contains(expected, warning ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_GeneratedCa_MeasuredAndToldOnceADayAndInThePortal()
    {
        var log = new CapturedLog();
        await using var gateway = await TestGateway.CreateAsync(configure: log.Use);
        await gateway.ListenAsync();
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        using var watch = ActivatorUtilities.CreateInstance<CaExpiryWatch>(gateway.Services);
        await watch.LookAsync(default);
        Assert.Equal([("dev", "signing", TrustAnchors.Lifetime.TotalDays)], Measure(gateway));
        Assert.DoesNotContain("The CA of cluster", log.Text, StringComparison.Ordinal);

        gateway.Clock.Advance(TrustAnchors.Lifetime - TimeSpan.FromDays(20));
        for (var i = 0; i < 144; i++)
        {
            await watch.LookAsync(default);
            gateway.Clock.Advance(CaExpiryWatch.Period);
        }

        Assert.Equal(1, Count(log.Text));
        await watch.LookAsync(default);
        Assert.Equal(2, Count(log.Text));
        Assert.Equal([("dev", "signing", 19)], Measure(gateway));
        using var administrator = await Browser.SignedInAsync(gateway, await gateway.AddUserAsync("root", "administrators"));
        using var other = await Browser.SignedInAsync(gateway, await gateway.AddUserAsync("alice", "platform"));
        Assert.Contains("id=\"ca-ends\"", (await administrator.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("ca-ends", (await other.GetAsync("/")).Text, StringComparison.Ordinal);
    }

    /// <summary>The whole of it: the metric and the words are of the very CA that refuses.</summary>
    [Fact]
    public async Task Issue_CaEndsBeforeTheLeaf_RefusedWithTheReason()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        gateway.Clock.Advance(TrustAnchors.Lifetime - TimeSpan.FromMinutes(9));
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "1h");
        var outcome = await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(alice.Caller, grant.Id, new CredentialRequest { Csr = Csrs.New() }, null, default));
        Assert.Contains("The CA ends at", Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(outcome)).Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "leaf.issued");
    }

    /// <summary>What documents name is looked at when they are read: whatever could sign nothing keeps them from being used.</summary>
    [Theory]
    [InlineData("good", null)]
    [InlineData("no CA", "it is not a CA's")]
    [InlineData("another's key", "does not belong to the certificate")]
    [InlineData("no key", "No supported key formats")]
    public void Load_ImportedCa_CheckedWithItsKey(string what, string? problem)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-ca-").FullName;
        using var ca = LocalCa.Generate("imported", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(10));
        using var another = LocalCa.Generate("another", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(10));
        Write(folder, "documents.yaml", StandardDocuments.Yaml(new Uri("https://127.0.0.1:1"), "{localCa: {certificate: signer.crt, key: signer.key}}"));
        Write(folder, "ca.crt", StandardDocuments.SomeCertificate);
        Write(folder, "gateway.kubeconfig", StandardDocuments.Kubeconfig);
        Write(folder, "signer.crt", what == "no CA" ? StandardDocuments.SomeCertificate : ca.CertificatePem);
        Write(folder, "signer.key", what == "no key" ? "nothing" : PemEncoding.WriteString("PRIVATE KEY", (what == "another's key" ? another : ca).ExportPkcs8PrivateKey()));
        var read = DocumentFolder.Read(folder);
        Assert.Equal(problem is null, read.Documents is not null);
        if (problem is not null)
            Assert.Contains(problem, Assert.Single(read.Errors).Message, StringComparison.Ordinal);
        else
            Assert.Contains("in 10 days. Give its document another one.", Assert.Single(CaEnds.Warnings(read.Documents!, TimeProvider.System.GetUtcNow())), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static void Write(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private static int Count(string text) => text.Split('\n').Count(line => line.StartsWith("Warning \"The CA of cluster 'dev' (signing) ends at", StringComparison.Ordinal));

    private static List<(string, string, double)> Measure(TestGateway gateway)
    {
        var factory = gateway.Services.GetRequiredService<IMeterFactory>();
        var seen = new List<(string, string, double)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "access_gateway.ca.expiry" && ReferenceEquals(instrument.Meter.Scope, factory))
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => seen.Add(((string)tags[0].Value!, (string)tags[1].Value!, Math.Round(value / 86400))));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
