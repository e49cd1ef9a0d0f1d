namespace AccessGateway.Kubectl.Tests.Credentials;

using System.Security.Cryptography;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class GrantCredentialsTests
{
    private const string Issue = $"/api/v1/grants/{PluginFixture.Grant}/credential";
    private static readonly string[] Command = ["credential", "--grant", PluginFixture.Grant];

    [Fact]
    public async Task Credential_FirstTime_PrintsAnExecCredentialOfTheGrantsOwnKey()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var requests = Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));

        var result = await fixture.RunAsync(Command);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var json = JsonDocument.Parse(result.Out);
        Assert.Equal("client.authentication.k8s.io/v1", json.RootElement.GetProperty("apiVersion").GetString());
        Assert.Equal("ExecCredential", json.RootElement.GetProperty("kind").GetString());
        var status = json.RootElement.GetProperty("status");
        Assert.Equal("LEAF-1", status.GetProperty("clientCertificateData").GetString());
        var told = status.GetProperty("expirationTimestamp").GetDateTimeOffset();
        Assert.InRange(told, fixture.Time.GetUtcNow(), fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(9));
        using var key = ECDsa.Create();
        key.ImportFromPem(status.GetProperty("clientKeyData").GetString());
        var csr = Assert.Single(requests);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), csr.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Contains($"O=jit:{PluginFixture.Grant}", csr.SubjectName.Name, StringComparison.Ordinal);
        Assert.Contains("CN=ada", csr.SubjectName.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_Cached_AsksNobody()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        var first = await fixture.RunAsync(Command);
        var calls = fixture.Gateway.Calls.Count;

        fixture.Time.Advance(TimeSpan.FromMinutes(8));
        var second = await fixture.RunAsync(Command);

        Assert.Equal(first, second);
        Assert.Equal(calls, fixture.Gateway.Calls.Count);
    }

    [Theory]
    [InlineData(600, 541)] // A minute before the end.
    [InlineData(100, 81)] // A fifth of the lifetime before it.
    public async Task Credential_WithinMargin_IsRenewedWithTheSameKey(int lifetime, int later)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var requests = Views.ServeGrant(fixture, TimeSpan.FromSeconds(lifetime));
        await fixture.RunAsync(Command);

        fixture.Time.Advance(TimeSpan.FromSeconds(later));
        var result = await fixture.RunAsync(Command);

        Assert.Contains("LEAF-2", result.Out, StringComparison.Ordinal);
        Assert.Equal(requests[0].PublicKey.ExportSubjectPublicKeyInfo(), requests[1].PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(1, fixture.Gateway.Count("GET", $"/api/v1/grants/{PluginFixture.Grant}"));
    }

    /// <summary>Where the cluster's signer makes no short leaves, the gateway says until when the last one can be had.</summary>
    [Theory]
    [InlineData(3, 2, "LEAF-1")]
    [InlineData(3, 4, "LEAF-2")]
    [InlineData(20, 8, "LEAF-1")] // Later than it would be anyway.
    [InlineData(20, 9.1, "LEAF-2")]
    public async Task Credential_GatewaySaysWhenToRenew_NotLater(int told, double later, string leaf)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10), renewAfter: TimeSpan.FromMinutes(told));
        await fixture.RunAsync(Command);

        fixture.Time.Advance(TimeSpan.FromMinutes(later));

        Assert.Contains(leaf, (await fixture.RunAsync(Command)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_AnswerLost_TheNextTryBringsTheSameKey()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var requests = Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        fixture.Gateway.Broken = true;
        Assert.Equal(1, (await fixture.RunAsync(Command)).ExitCode);
        fixture.Gateway.Broken = false;
        fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/credential", call => { Keep(call); return new(200, "text/plain", "torn"); });
        Assert.Equal(1, (await fixture.RunAsync(Command)).ExitCode);

        var lost = Assert.Single(_bodies);
        requests = Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        Assert.Equal(0, (await fixture.RunAsync(Command)).ExitCode);

        Assert.Equal(
            System.Security.Cryptography.X509Certificates.CertificateRequest.LoadSigningRequestPem(lost, HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo(),
            Assert.Single(requests).PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Credential_FortyAtOnce_OneIssuance()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        fixture.Gateway.Slowness = TimeSpan.FromMilliseconds(100);

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => fixture.RunAsync(Command))));

        Assert.All(results, result => Assert.Equal(results[0], result));
        Assert.Equal(0, results[0].ExitCode);
        Assert.Equal(1, fixture.Gateway.Count("POST", Issue));
    }

    [Fact]
    public async Task Credential_ManyProcessesAtOnce_OneIssuance()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        fixture.Gateway.Slowness = TimeSpan.FromMilliseconds(300);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.RunProcessAsync(Command)));

        Assert.All(results, result => Assert.Equal((0, results[0].Out, ""), (result.ExitCode, result.Out, result.Error)));
        Assert.Equal(1, fixture.Gateway.Count("POST", Issue));
    }

    [Fact]
    public async Task Credential_FortyAtOnceWithinMargin_OneRenewalAndNobodyWaits()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync(Command);
        fixture.Time.Advance(TimeSpan.FromSeconds(545));
        fixture.Gateway.Slowness = TimeSpan.FromMilliseconds(300);

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => fixture.RunAsync(Command))));

        Assert.All(results, result => Assert.Equal(0, result.ExitCode));
        Assert.Contains(results, result => result.Out.Contains("LEAF-1", StringComparison.Ordinal));
        Assert.Equal(2, fixture.Gateway.Count("POST", Issue));
    }

    [Fact]
    public async Task Credential_OutageWithinMargin_UsesTheOldLeafSilently()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync(Command);
        fixture.Time.Advance(TimeSpan.FromSeconds(545));
        fixture.Gateway.Broken = true;

        var result = await fixture.RunAsync(Command);
        var calls = fixture.Gateway.Calls.Count;
        var again = await fixture.RunAsync(Command);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("LEAF-1", result.Out, StringComparison.Ordinal);
        Assert.Equal(result, again);
        Assert.Equal(calls, fixture.Gateway.Calls.Count);
    }

    [Fact]
    public async Task Credential_OutageAfterTheLeaf_Fails()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync(Command);
        fixture.Time.Advance(TimeSpan.FromMinutes(11));
        fixture.Gateway.Broken = true;

        var result = await fixture.RunAsync(Command);

        Assert.Equal((1, "", "error: down\n"), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Credential_GrantTooShortForAnotherLeaf_UsesTheOldOne()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync(Command);
        fixture.Time.Advance(TimeSpan.FromSeconds(545));
        fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/credential", _ => Reply.Problem(422, ProblemCodes.GrantTooShort, "too short"));

        var result = await fixture.RunAsync(Command);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Credential_GrantEnded_SaysSoAndKeepsNothing()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync(Command);
        fixture.Time.Advance(TimeSpan.FromSeconds(545));
        var ended = Views.Grant(fixture.Time, GrantState.Revoked) with { EndedAt = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero) };
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}", ended, GatewayJson.Default.GrantView);
        fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/credential", _ => Reply.Problem(409, ProblemCodes.Conflict, "over"));

        var result = await fixture.RunAsync(Command);

        Assert.Equal(
            (1, "", $"error: grant {PluginFixture.Grant} ended at 2030-01-02 03:04:05Z; ask again with: kubectl access request dev admin\n"),
            (result.ExitCode, result.Out, result.Error));
        Assert.False(File.Exists(fixture.Paths.CredentialFile(PluginFixture.Grant)));
    }

    [Fact]
    public async Task Credential_OlderApiVersionAsked_AnswersInIt()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        fixture.Variables["KUBERNETES_EXEC_INFO"] = """{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false}}""";

        var result = await fixture.RunAsync(Command);

        using var json = JsonDocument.Parse(result.Out);
        Assert.Equal("client.authentication.k8s.io/v1beta1", json.RootElement.GetProperty("apiVersion").GetString());
    }

    [Fact]
    public async Task Credential_Stored_OnlyTheOwnerReadsIt()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        Directory.CreateDirectory(fixture.Paths.CredentialsFolder, (UnixFileMode)0b111_101_101);

        await fixture.RunAsync(Command);

        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(fixture.Paths.CredentialFile(PluginFixture.Grant)));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(fixture.Paths.CredentialsFolder));
        Assert.Empty(Directory.GetFiles(fixture.Paths.CredentialsFolder, "*.tmp"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("99999999999 99999999999\n")]
    [InlineData("99999999999 99999999999\n\n{}\n")]
    [InlineData("99999999999 \n{}\n{}\n")]
    [InlineData("-5 99999999999\n{\"kind\":\"x\"}\nnot json\n")]
    public async Task Credential_CacheDamaged_IsIssuedAnew(string content)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        Directory.CreateDirectory(fixture.Paths.CredentialsFolder);
        await File.WriteAllTextAsync(fixture.Paths.CredentialFile(PluginFixture.Grant), content, TestContext.Current.CancellationToken);

        var result = await fixture.RunAsync(Command);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("LEAF-1", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("gr-../../../../x")]
    [InlineData("gr-0123456789ab")]
    [InlineData("gr-0123456789abcd")]
    [InlineData("ar-0123456789abc")]
    [InlineData("gr-0123456789ab\n")]
    public async Task Credential_NoGrantId_IsBadUsage(string id)
    {
        await using var fixture = await PluginFixture.StartAsync();

        Assert.Equal(2, (await fixture.RunAsync("credential", "--grant", id)).ExitCode);
        Assert.Empty(fixture.Gateway.Calls);
    }

    private readonly List<string> _bodies = [];

    private void Keep(RecordedCall call) => _bodies.Add(JsonSerializer.Deserialize(call.Body, GatewayJson.Default.CredentialRequest)!.Csr);
}
