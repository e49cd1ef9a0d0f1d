namespace AccessGateway.Tests.SignIn.Machines;

using System.Net;
using System.Security.Cryptography;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.IdentityModel.Tokens;
using Xunit;

/// <summary><c>kubectl access logout</c> of a machine (RFC 7009), and what clients' names give away elsewhere.</summary>
public sealed class MachineRevocationTests
{
    private static readonly ECDsa WrongKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Revoke_AccessToken_LoginEndsAtOnceAndNoOtherDoes(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind);
        foreach (var client in new[] { true, false })
        {
            Task<(int Status, TokenAnswer Answer)> SignInAsync() =>
                client ? MachineSetup.ClientTokenAsync(machines.Client, Assertion(machines)) : MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
            var (ended, other) = ((await SignInAsync()).Answer, (await SignInAsync()).Answer);
            Assert.Equal(200, await RevokeAsync(machines, ended, client ? Proof(Assertion(machines)) : [("client_id", OAuth.ClientId)]));
            MachineSetup.Use(machines.Client, ended);
            Assert.Equal(HttpStatusCode.Unauthorized, await machines.StatusAsync());
            MachineSetup.Use(machines.Client, other);
            Assert.Equal(HttpStatusCode.OK, await machines.StatusAsync());
            var name = client ? "client:deploy-bot" : MachineSetup.ServiceAccount;
            Assert.Equal(LoginEnd.SignedOut, Assert.Single(await machines.Gateway.AuditAsync(), row => row.Type == "machine.login_ended" && row.Actor == name).Details["why"]);
        }
    }

    /// <summary>Who has a client's token and not its key cannot use it here, nor can one machine end another's login. (200: of tokens that
    /// are not the asking client's nothing is told, RFC 7009, 2.2.)</summary>
    [Theory]
    [InlineData("no assertion", 401)]
    [InlineData("another key", 401)]
    [InlineData("used before", 401)]
    [InlineData("the plugin", 200)]
    [InlineData("nobody", 401)]
    [InlineData("another's token", 200)]
    public async Task Revoke_WithoutBeingTheClient_NothingEnds(string what, int expected)
    {
        await using var machines = await Machines.StartAsync();
        var used = Assertion(machines);
        var (_, mine) = await MachineSetup.ClientTokenAsync(machines.Client, used);
        var token = what == "another's token" ? (await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token())).Answer : mine;
        var status = await RevokeAsync(machines, token, what switch
        {
            "no assertion" => [("client_id", MachineSetup.Client)],
            "another key" => Proof(MachineSetup.Sign(MachineSetup.Claims(machines.Gateway.Clock.GetUtcNow()), new ECDsaSecurityKey(WrongKey))),
            "used before" => Proof(used),
            "the plugin" => [("client_id", OAuth.ClientId)],
            "nobody" => [],
            _ => Proof(Assertion(machines)),
        });
        Assert.Equal(expected, status);
        MachineSetup.Use(machines.Client, token);
        Assert.Equal(HttpStatusCode.OK, await machines.StatusAsync());
        Assert.DoesNotContain(await machines.Gateway.AuditAsync(), row => row.Type == "machine.login_ended");
    }

    /// <summary>Every endpoint that takes a client's name, without a proof: a client that is there and one that is not look the same.</summary>
    [Theory]
    [InlineData(OAuth.TokenEndpoint, "grant_type=client_credentials")]
    [InlineData(OAuth.TokenEndpoint, "grant_type=refresh_token&refresh_token=x")]
    [InlineData(OAuth.TokenEndpoint, "grant_type=authorization_code&code=x&code_verifier=x&redirect_uri=http://127.0.0.1/callback")]
    [InlineData(OAuth.TokenEndpoint, "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x")]
    [InlineData(OAuth.TokenEndpoint, "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=x&cluster=dev")]
    [InlineData(OAuth.TokenEndpoint, "grant_type=client_credentials&client_secret=x")]
    [InlineData(OAuth.RevocationEndpoint, "token=x")]
    [InlineData(OAuth.RevocationEndpoint, "token=x&client_secret=x")]
    [InlineData(OAuth.DeviceAuthorizationEndpoint, "scope=api")]
    [InlineData(OAuth.AuthorizationEndpoint, "response_type=code&redirect_uri=http://127.0.0.1/callback&scope=api&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    public async Task Ask_AsAClientWithoutProof_SameAnswerAsForNobody(string endpoint, string form)
    {
        await using var machines = await Machines.StartAsync();
        async Task<(HttpStatusCode, string)> AskAsync(string name)
        {
            using var content = new StringContent($"{form}&client_id={name}", null, "application/x-www-form-urlencoded");
            using var answer = endpoint == OAuth.AuthorizationEndpoint
                ? await machines.Client.GetAsync($"{endpoint}?{form}&client_id={name}", TestContext.Current.CancellationToken)
                : await machines.Client.PostAsync(endpoint, content, TestContext.Current.CancellationToken);
            return (answer.StatusCode, (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Replace(name, "NAME", StringComparison.Ordinal));
        }

        var known = await AskAsync(MachineSetup.Client);
        Assert.InRange((int)known.Item1, 400, 401);
        Assert.Equal(known, await AskAsync("nobody-bot"));
    }

    private static string Assertion(Machines machines) => MachineSetup.Sign(MachineSetup.Claims(machines.Gateway.Clock.GetUtcNow()));

    private static (string, string)[] Proof(string assertion) =>
        [("client_id", MachineSetup.Client), ("client_assertion_type", OAuth.JwtBearerAssertion), ("client_assertion", assertion)];

    private static async Task<int> RevokeAsync(Machines machines, TokenAnswer token, (string Name, string Value)[] who)
    {
        (string Name, string Value)[] form = [.. who, ("token", token.AccessToken!), ("token_type_hint", "access_token")];
        using var answer = await machines.Client.PostAsync(new Uri(OAuth.RevocationEndpoint, UriKind.Relative), new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))), TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }
}
