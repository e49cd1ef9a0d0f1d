namespace AccessGateway.Tests.Issuance;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>What the certificates API of a cluster returns is somebody else's word: every leaf that is not the one asked for is refused, with what is
/// wrong with it, and leaves no trace but the CSR's removal.</summary>
public sealed class ClusterSignedLeafTests : IAsyncLifetime
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    private readonly ECDsa _authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<string> _removed = [];
    private FakeApiServer _api = null!;
    private TestGateway _gateway = null!;
    private TestUser _alice = null!;
    private Grant _grant = null!;
    private string _answer = "";

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        _api.Elsewhere = (path, body) => path.StartsWith(Requests, StringComparison.Ordinal) ? (JsonObject?)body?.DeepClone() ?? Signed(path) : null;
        _api.Before = request =>
        {
            if (request.Method == "DELETE")
                _removed.Add(request.Path.Value!);
            return Task.CompletedTask;
        };
        _gateway = await TestGateway.CreateAsync(apiServer: _api, documents: StandardDocuments.Yaml(_api.Address, "{kubernetesCsr: {}}"));
        _alice = await _gateway.AddUserAsync("alice", "platform");
        _grant = await _gateway.GrantAsync(_alice, "20m");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
        _authority.Dispose();
        _key.Dispose();
    }

    /// <summary>So that the refusals below are for what they say.</summary>
    [Fact]
    public async Task Issue_AsAsked_GivenAway()
    {
        var leaf = Answer(_ => { });
        Assert.Equal(leaf, TestGateway.Value(await IssueAsync()).Certificate.TrimEnd());
        Assert.Single(await _gateway.AuditAsync(), row => row.Type == "leaf.issued");
    }

    [Theory]
    [InlineData("ends with the next second", "ends later than the template")]
    [InlineData("ends a day later", "ends later than the template")]
    [InlineData("other name", "not the one common name")]
    [InlineData("two names", "not the one common name")]
    [InlineData("unit besides", "not the one common name")]
    [InlineData("other grant", "not the one organization")]
    [InlineData("system:masters besides", "not the one organization")]
    [InlineData("no group", "not the one organization")]
    [InlineData("other key", "key than the request")]
    [InlineData("CA", "is a CA's")]
    [InlineData("for servers", "not for TLS clients alone")]
    [InlineData("for servers besides", "not for TLS clients alone")]
    [InlineData("for anything", "not for TLS clients alone")]
    [InlineData("usage missing", "not for TLS clients alone")]
    [InlineData("may sign certificates", "may sign more than a TLS handshake")]
    [InlineData("DNS name", "subject alternative name")]
    [InlineData("critical extension that nobody knows", "critical extension")]
    [InlineData("over already", "over already")]
    public async Task Issue_OtherThanAsked_RefusedWithWhatIsWrong(string fault, string told)
    {
        Answer(asked => asked.Spoil(_grant.Id, fault));
        var refusal = Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(await IssueAsync()));
        Assert.Contains("returned another certificate than was asked for", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains(told, refusal.Detail, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("no PEM", "The certificate is refused")]
    [InlineData("chain", "The certificate is refused")]
    [InlineData("cut short", "The certificate is not DER")]
    public async Task Issue_NoCertificate_RefusedWithWhatIsWrong(string fault, string told)
    {
        var good = Answer(_ => { });
        var der = Convert.FromBase64String(good[PemEncoding.Find(good).Base64Data]);
        _answer = fault switch
        {
            "no PEM" => "hello",
            "chain" => $"{good}\n{good}\n",
            _ => PemEncoding.WriteString("CERTIFICATE", der.AsSpan(..^1)),
        };
        Assert.Contains(told, Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(await IssueAsync())).Detail, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>An API server that takes a call and does not answer it, at whichever step: whoever waits is told whose fault it is, and nothing is issued.</summary>
    [Theory]
    [InlineData("POST", "")]
    [InlineData("PUT", "/approval")]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    public async Task Issue_ACallIsNeverAnswered_ToldAndNothingIssued(string method, string step)
    {
        var leaf = Answer(_ => { });
        if (method == "DELETE")
            _answer = "hello";
        _api.Before = request => request.Method == method && request.Path.Value!.EndsWith(step, StringComparison.Ordinal)
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted)
            : Task.CompletedTask;
        var refusal = Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(await RunningAsync()));
        Assert.Contains(method == "DELETE" ? "The certificate is refused" : "signed nothing within 10s", refusal.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(await _gateway.AuditAsync(), row => row.Type == "leaf.issued");

        _api.Before = _ => Task.CompletedTask;
        _answer = leaf;
        Assert.Equal(leaf, TestGateway.Value(await IssueAsync()).Certificate.TrimEnd());
    }

    /// <summary>A controller manager that does not sign: the CSR is taken away again.</summary>
    [Fact]
    public async Task Issue_NeverSigned_ToldAndTheCsrRemoved()
    {
        _answer = "";
        var refusal = Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(await RunningAsync()));
        Assert.Contains("signed nothing within 10s", refusal.Detail, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>The last leaf ends with the grant: what is left is asked for as a whole where no other leaf would fit behind, and a little less than that, for the
    /// cluster counts from when it signs.</summary>
    [Theory]
    [InlineData("10m", 60, 600)]
    [InlineData("10m", 20, 1195)]
    [InlineData("10m", 19, 1135)]
    [InlineData("30m", 60, 1800)]
    [InlineData("30m", 35, 2095)]
    [InlineData("30m", 12, 715)]
    public async Task Issue_OfWhatIsLeft_AskedForSoThatNothingIsLeftOver(string leafLifetime, int left, int seconds)
    {
        int? asked = null;
        _api.Elsewhere = (path, body) =>
        {
            asked ??= (int?)body?["spec"]?["expirationSeconds"];
            return path.StartsWith(Requests, StringComparison.Ordinal) ? (JsonObject?)body?.DeepClone() ?? Signed(path) : null;
        };
        _answer = "hello";
        await using var gateway = await TestGateway.CreateAsync(
            apiServer: _api, documents: StandardDocuments.Yaml(_api.Address, "{kubernetesCsr: {}}").Replace("leafLifetime: 10m", $"leafLifetime: {leafLifetime}", StringComparison.Ordinal));
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, $"{left}m");
        var csr = new CertificateRequest($"O=jit:{grant.Id}, CN=alice", _key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(alice.Caller, grant.Id, new CredentialRequest { Csr = csr }, null, default));
        // A leaf ends with a whole second.
        Assert.InRange(asked ?? 0, seconds - 1, seconds);
    }

    /// <summary>Where the cluster signs for ten minutes whatever it is asked for (before 1.22), the holder is told until when they can have the last one.</summary>
    [Theory]
    [InlineData(0, false)] // This one is the last.
    [InlineData(2, true)]
    [InlineData(9, true)]
    [InlineData(11, false)] // Another fits behind it.
    public async Task Issue_LeafEndsBeforeTheGrant_SaysUntilWhenTheLastOneIsToBeAskedFor(int minutes, bool told)
    {
        Answer(asked => asked.NotAfter = _grant.NotAfter - TimeSpan.FromMinutes(minutes));
        var renew = TestGateway.Value(await IssueAsync()).RenewAfter;
        Assert.Equal(told, renew is not null);
        if (renew is { } at)
            Assert.InRange(_grant.NotAfter - at, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(15));
    }

    /// <summary>The thief of a login has no proof: what they send in its place makes the cluster sign nothing for their key (I3).</summary>
    [Fact]
    public async Task Issue_AnotherKeyWithABogusProof_NothingIsSigned()
    {
        Answer(_ => { });
        TestGateway.Value(await IssueAsync());
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var calls = 0;
        _api.Before = request =>
        {
            calls += request.Path.Value!.StartsWith(Requests, StringComparison.Ordinal) ? 1 : 0;
            return Task.CompletedTask;
        };
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await IssueAsync(other, "bogus")).Code);
        Assert.Equal(0, calls);
    }

    private JsonObject Signed(string path) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = path[(path.LastIndexOf('/') + 1)..] },
        ["status"] = new JsonObject { ["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(_answer)) },
    };

    /// <summary>Lets the cluster sign; as asked, but for what is changed.</summary>
    private string Answer(Action<AskedLeaf> change)
    {
        var asked = new AskedLeaf
        {
            Subject = $"CN=alice,O=jit:{_grant.Id}",
            Key = _key,
            NotBefore = _gateway.Clock.GetUtcNow().AddMinutes(-1),
            NotAfter = _grant.NotAfter,
        };
        change(asked);
        return _answer = asked.Sign(_authority);
    }

    private Task<Outcome<CredentialResponse>> IssueAsync(ECDsa? key = null, string? proof = null)
    {
        var csr = new CertificateRequest($"O=jit:{_grant.Id}, CN=alice", key ?? _key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        return _gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(_alice.Caller, _grant.Id, new CredentialRequest { Csr = csr }, proof, default));
    }

    /// <summary>With the gateway's clock running: five minutes are left of the grant's twenty at least, so that the cluster signs.</summary>
    private async Task<Outcome<CredentialResponse>> RunningAsync()
    {
        var issuing = IssueAsync();
        var (since, began) = (TimeProvider.System.GetTimestamp(), _gateway.Clock.GetUtcNow());
        await Eventually.TrueAsync(() =>
        {
            // As fast as ten clocks; never so far that the grant gets too short.
            var wanted = began + (10 * TimeProvider.System.GetElapsedTime(since));
            if (wanted > _gateway.Clock.GetUtcNow())
                _gateway.Clock.SetUtcNow(wanted);
            return Task.FromResult(issuing.IsCompleted);
        }, what: "an answer");
        return await issuing;
    }

    private async Task AssertNothingIsLeftAsync()
    {
        Assert.DoesNotContain(await _gateway.AuditAsync(), row => row.Type == "leaf.issued");
        Assert.Equal((0, null), await _gateway.WithAsync<Grants, (int, string?)>(async grants => await grants.ReadAsync(_grant.Id, default) is var now ? (now.Leaves, now.KeySha256) : default));
        Assert.StartsWith(Requests, Assert.Single(_removed), StringComparison.Ordinal);
    }
}
