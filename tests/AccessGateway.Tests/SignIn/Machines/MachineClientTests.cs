namespace AccessGateway.Tests.SignIn.Machines;

using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Xunit;

/// <summary>Client credentials with a private-key JWT (RFC 7523).</summary>
public sealed class MachineClientTests : IDisposable
{
    private readonly string _config = MachineSetup.WriteConfiguration(api: null);

    public static TheoryData<string> BadAssertions => ["expired", "not yet", "issued later", "too far ahead", "no exp", "audience", "no audience", "issuer", "subject", "no jti", "long jti", "another key",
        "none", "HS256 with the public key", "RSA key of 1024", "RS256 by EC key id", "unknown kid", "huge", "nonsense", "empty", "unknown client", "plugin", "exp as text", "another type", "token endpoint as audience"];

    public void Dispose() => Directory.Delete(_config, recursive: true);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Token_RightAssertion_AsksActivatesAndUsesWithoutMfa(DatabaseKind kind)
    {
        await using var gateway = await StartAsync(kind);
        using var client = gateway.Anonymous();
        var (status, answer) = await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(Now(gateway))), MachineSetup.Client);
        Assert.Equal((200, null), (status, answer.RefreshToken));
        MachineSetup.Use(client, answer);
        var me = await client.GetFromJsonAsync("/api/v1/me", GatewayJson.Default.Me, TestContext.Current.CancellationToken);
        Assert.Equal(("client:deploy-bot", false), (me!.Name, me.Administrator));

        var grant = await MachineSetup.GrantAsync(client);
        Assert.Equal("client:deploy-bot", grant.Subject);
        var extended = await client.PostAsJsonAsync($"/api/v1/grants/{grant.Id}/extend", new ExtendGrant { Duration = "5m" }, GatewayJson.Default.ExtendGrant, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, extended.StatusCode);
        Assert.Contains(await gateway.AuditAsync(), row => row is { Type: "grant.activated", Actor: "client:deploy-bot" });
        Assert.Contains(await gateway.AuditAsync(), row => row is { Type: "machine.signed_in", Actor: "client:deploy-bot" });
        using var own = await client.GetAsync("/api/v1/audit/events", TestContext.Current.CancellationToken);
        Assert.Contains("client:deploy-bot", await own.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    public async Task Token_OtherAlgorithms_Count(string algorithm)
    {
        await using var gateway = await StartAsync();
        using var client = gateway.Anonymous();
        Assert.Equal(200, (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(Now(gateway)), new RsaSecurityKey(MachineSetup.RsaClientKey), algorithm))).Status);
    }

    /// <summary>Every wrong assertion gets one and the same answer, and leaves no machine behind.</summary>
    [Theory]
    [MemberData(nameof(BadAssertions))]
    public async Task Token_BadAssertion_OneAnswer(string what)
    {
        await using var gateway = await StartAsync();
        using var client = gateway.Anonymous();
        var (status, answer) = await MachineSetup.ClientTokenAsync(client, Bad(what, Now(gateway)));
        Assert.Equal((401, "invalid_client", "The client is unknown, or its assertion does not count."), (status, answer.Error, answer.ErrorDescription));
        Assert.Null(answer.AccessToken);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "machine.signed_in");
        await gateway.Services.GetRequiredService<MachineRefusals>().WriteAsync(all: false, TestContext.Current.CancellationToken);
        Assert.Equal("1", Assert.Single(await gateway.AuditAsync(), row => row.Type == "machine.refused").Details["times"]);
    }

    [Theory]
    [InlineData("client_id", "somebody-else")]
    [InlineData("client_secret", "secret")]
    [InlineData("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")]
    [InlineData("grant_type", "refresh_token")]
    public async Task Token_RightAssertionWithOtherParameters_Refused(string name, string value)
    {
        await using var gateway = await StartAsync();
        using var client = gateway.Anonymous();
        Dictionary<string, string> form = new()
        {
            ["grant_type"] = "client_credentials", ["client_assertion_type"] = OAuth.JwtBearerAssertion, ["scope"] = "api",
            ["client_assertion"] = MachineSetup.Sign(MachineSetup.Claims(Now(gateway))),
        };
        form[name] = value;
        var (status, answer) = await MachineSetup.TokenAsync(client, [.. form.Select(field => (field.Key, field.Value))]);
        Assert.Equal((401, "invalid_client"), (status, answer.Error));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Token_AssertionAgain_RefusedOnTheOtherReplicaToo(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        await using var first = await TestGateway.CreateAsync(config: _config, database: database, data: data);
        await using var second = await TestGateway.CreateAsync(config: _config, database: database, data: data, clock: first.Clock);
        await first.ListenAsync();
        await second.ListenAsync();
        using var one = first.Anonymous();
        using var other = second.Anonymous();
        var assertion = MachineSetup.Sign(MachineSetup.Claims(Now(first)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => MachineSetup.ClientTokenAsync(number % 2 == 0 ? one : other, assertion)));
        Assert.Equal(1, answers.Count(answer => answer.Status == 200));
        Assert.Equal(7, answers.Count(answer => answer is { Status: 401, Answer.Error: "invalid_client" }));
    }

    /// <summary>Of everything the API has, machines may call what they need, and get one clear answer for the rest.</summary>
    [Fact]
    public async Task Call_NotForMachines_Forbidden()
    {
        await using var gateway = await StartAsync();
        using var client = gateway.Anonymous();
        MachineSetup.Use(client, (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(Now(gateway))))).Answer);
        var grant = await MachineSetup.GrantAsync(client);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var pending = await gateway.SubmitAsync(alice, "editor", "10m", "payments-eu");
        (string Method, string Path)[] calls =
        [
            ("POST", $"access-requests/{pending.Id}/reviews"), ("POST", $"grants/{grant.Id}/revoke"), ("GET", "users"), ("POST", "users"), ("GET", "machines"), ("GET", "machines/x"), ("GET", "machines/x/logins"), ("DELETE", "machines/x/logins/y"), ("POST", "machines/x/disable"),
            ("GET", "me/logins"), ("GET", "me/factors"), ("POST", "step-up"), ("POST", "step-up/browser"), ("POST", "users/alice/disable"),
        ];
        foreach (var (method, path) in calls)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/{path}") { Content = method == "POST" ? JsonContent.Create(new Dictionary<string, string>()) : null };
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var problem = await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem, TestContext.Current.CancellationToken);
            Assert.Equal((path, HttpStatusCode.Forbidden, ProblemCodes.NotForMachines), (path, answer.StatusCode, problem!.Code));
        }

        foreach (var page in new[] { "/", "/requests", "/users", "/machines", "/machines/client:deploy-bot", "/audit" })
            Assert.NotEqual(HttpStatusCode.OK, (await client.GetAsync(page, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/v1/access-requests/{pending.Id}", TestContext.Current.CancellationToken)).StatusCode);
    }

    /// <summary>Whatever a policy says: the cap holds, is what the offer says, and counts for extensions.</summary>
    [Fact]
    public async Task Request_LongerThanTheCap_Refused()
    {
        await using var gateway = await StartAsync();
        using var client = gateway.Anonymous();
        MachineSetup.Use(client, (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(Now(gateway))))).Answer);
        var offers = await client.GetFromJsonAsync("/api/v1/clusters/dev/role-offers", GatewayJson.Default.PageRoleOfferView, TestContext.Current.CancellationToken);
        Assert.Equal(("deploy", "1h"), (Assert.Single(offers!.Items).Role, offers.Items[0].MaxDuration));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Assert.ThrowsAsync<HttpRequestException>(() => MachineSetup.GrantAsync(client, "61m"))).StatusCode);
        var grant = await MachineSetup.GrantAsync(client, "50m");
        var extended = await client.PostAsJsonAsync($"/api/v1/grants/{grant.Id}/extend", new ExtendGrant { Duration = "20m" }, GatewayJson.Default.ExtendGrant, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, extended.StatusCode);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Disable_ByAnAdministrator_OutAtOnceAndTheGrantEnds(DatabaseKind kind)
    {
        await using var gateway = await StartAsync(kind);
        using var client = gateway.Anonymous();
        MachineSetup.Use(client, (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(Now(gateway))))).Answer);
        var grant = await MachineSetup.GrantAsync(client);
        var root = await gateway.AddUserAsync("root", "administrators");
        using var admin = await gateway.SignInAsync(root);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/machines/client:deploy-bot/disable");
        request.Headers.Add(StepUpActions.Header, await gateway.ProveAsync(admin, root, StepUpActions.User("client:deploy-bot")));
        using var disabled = await admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(disabled.IsSuccessStatusCode, await disabled.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var machines = await admin.GetFromJsonAsync("/api/v1/machines", GatewayJson.Default.PageMachineView, TestContext.Current.CancellationToken);
        Assert.Equal(("client:deploy-bot", MachineState.Disabled), (Assert.Single(machines!.Items).Name, machines.Items[0].State));

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/me", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal("invalid_grant", (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(Now(gateway))))).Answer.Error);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "grant.revoked" && row.GrantId == grant.Id && row.Actor == "root");
        // People's own ways do not lead to a machine, nor does it stand among them.
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("/api/v1/users/client:deploy-bot", TestContext.Current.CancellationToken)).StatusCode);
        var users = await admin.GetFromJsonAsync("/api/v1/users", GatewayJson.Default.PageUserView, TestContext.Current.CancellationToken);
        Assert.Equal(["root"], users!.Items.Select(user => user.Name));
    }

    /// <summary>Which clients there are cannot be told from how long the answer takes: within a quarter, over many.</summary>
    [Fact]
    public async Task Token_UnknownClientOrWrongKey_SameTime()
    {
        await using var gateway = await StartAsync();
        using var client = gateway.Anonymous();
        using var wrong = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        async Task<double> MedianAsync(string name)
        {
            var times = new List<double>();
            for (var i = 0; i < 60; i++)
            {
                var assertion = MachineSetup.Sign(MachineSetup.Claims(Now(gateway), name), new ECDsaSecurityKey(wrong));
                var start = Stopwatch.GetTimestamp();
                await gateway.WithAsync<ClientAssertions, MachineClient?>(assertions => assertions.TakeAsync(name, assertion, "192.0.2.1", default));
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return times.Order().ElementAt(times.Count / 2);
        }

        await MedianAsync(MachineSetup.Client);
        var closest = 1.0;
        for (var attempt = 0; attempt < 5 && closest > 0.25; attempt++)
        {
            var (known, unknown) = (await MedianAsync(MachineSetup.Client), await MedianAsync("nobody-bot"));
            closest = Math.Min(closest, Math.Abs(known - unknown) / Math.Max(known, unknown));
        }

        Assert.InRange(closest, 0, 0.25);
    }

    private static DateTimeOffset Now(TestGateway gateway) => gateway.Clock.GetUtcNow();

    private async Task<TestGateway> StartAsync(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        var gateway = await TestGateway.CreateAsync(kind, config: _config);
        await gateway.ListenAsync();
        return gateway;
    }

    private static string Bad(string what, DateTimeOffset now)
    {
        var claims = MachineSetup.Claims(now);
        Dictionary<string, object> With(string name, object value) => new(claims) { [name] = value };
        Dictionary<string, object> Without(string name) => new(claims.Where(claim => claim.Key != name));
        switch (what)
        {
            case "expired": return MachineSetup.Sign(With("exp", now.ToUnixTimeSeconds()));
            case "not yet": return MachineSetup.Sign(With("nbf", now.AddMinutes(1).ToUnixTimeSeconds()));
            case "issued later": return MachineSetup.Sign(With("iat", now.AddMinutes(1).ToUnixTimeSeconds()));
            case "too far ahead": return MachineSetup.Sign(With("exp", now.AddMinutes(6).ToUnixTimeSeconds()));
            case "no exp": return MachineSetup.Sign(Without("exp"));
            case "exp as text": return MachineSetup.Sign(With("exp", "tomorrow"));
            case "audience": return MachineSetup.Sign(With("aud", "https://another.example"));
            case "token endpoint as audience": return MachineSetup.Sign(With("aud", "https://localhost/connect/token"));
            case "another type": return MachineSetup.Sign(claims, type: "JWT");
            case "no audience": return MachineSetup.Sign(Without("aud"));
            case "issuer": return MachineSetup.Sign(With("iss", "another"));
            case "subject": return MachineSetup.Sign(With("sub", "another"));
            case "no jti": return MachineSetup.Sign(Without("jti"));
            case "long jti": return MachineSetup.Sign(With("jti", new string('x', 201)));
            case "unknown client": return MachineSetup.Sign(MachineSetup.Claims(now, "nobody-bot"));
            case "plugin": return MachineSetup.Sign(MachineSetup.Claims(now, OAuth.ClientId));
            case "another key": return MachineSetup.Sign(claims, new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
            case "unknown kid": return MachineSetup.Sign(claims, new ECDsaSecurityKey(MachineSetup.ClientKey) { KeyId = "another" });
            case "none": return $"{Encoded("""{"alg":"none","typ":"JWT"}""")}.{MachineSetup.Sign(claims).Split('.')[1]}.";
            case "HS256 with the public key":
                var secret = Encoding.UTF8.GetBytes(MachineSetup.ClientKey.ExportSubjectPublicKeyInfoPem());
                return MachineSetup.Sign(claims, new SymmetricSecurityKey(secret), SecurityAlgorithms.HmacSha256);
            case "RSA key of 1024":
                using (var small = RSA.Create(1024))
                {
                    var signed = $"{Encoded("""{"alg":"RS256","typ":"JWT"}""")}.{MachineSetup.Sign(claims).Split('.')[1]}";
                    return $"{signed}.{Base64UrlEncoder.Encode(small.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
                }

            case "RS256 by EC key id": return $"{Encoded("""{"alg":"RS256","typ":"JWT"}""")}.{string.Join('.', MachineSetup.Sign(claims).Split('.')[1..])}";
            case "huge": return MachineSetup.Sign(With("more", new string('x', 20_000)));
            case "empty": return "";
            default: return "a.b.c";
        }

        static string Encoded(string json) => Base64UrlEncoder.Encode(json);
    }
}
