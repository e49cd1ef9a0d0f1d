namespace AccessGateway.Tests.SignIn.Machines;

using System.Net;
using System.Text.Json.Nodes;
using AccessGateway.Testing;
using Xunit;

/// <summary>ServiceAccount tokens, checked by TokenReview.</summary>
public sealed class ServiceAccountTests
{
    public static TheoryData<string> BadReviews => ["authenticated: false", "no status", "no audiences", "other audience", "a person", "a node", "no uid", "half a pod", "another account", "another namespace"];

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Exchange_GoodToken_MachineWithoutRefreshToken(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind);
        var (status, answer) = await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
        Assert.Equal((200, null, null), (status, answer.Error, answer.RefreshToken));
        MachineSetup.Use(machines.Client, answer);
        var grant = await MachineSetup.GrantAsync(machines.Client);
        Assert.Equal(MachineSetup.ServiceAccount, grant.Subject);
        Assert.Contains(await machines.Gateway.AuditAsync(), row => row is { Type: "machine.signed_in", Actor: MachineSetup.ServiceAccount } && row.Details["podUid"] == "pod-uid");
    }

    /// <summary>An access token never outlives the token that it was given for.</summary>
    [Fact]
    public async Task Exchange_TokenThatEndsSoon_AccessTokenEndsWithIt()
    {
        await using var machines = await Machines.StartAsync();
        var (_, answer) = await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token(TimeSpan.FromMinutes(2)));
        Assert.InRange(answer.ExpiresIn, 100, 120);
        MachineSetup.Use(machines.Client, answer);
        Assert.Equal(HttpStatusCode.OK, await machines.StatusAsync());
        machines.Gateway.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.Unauthorized, await machines.StatusAsync());
    }

    /// <summary>What cannot be good does not reach the cluster.</summary>
    [Theory]
    [InlineData("expired")]
    [InlineData("audience")]
    [InlineData("person")]
    [InlineData("huge")]
    [InlineData("nonsense")]
    [InlineData("empty")]
    [InlineData("cluster")]
    [InlineData("strange cluster")]
    [InlineData("no cluster")]
    public async Task Exchange_BadToken_RefusedWithoutAsking(string what)
    {
        await using var machines = await Machines.StartAsync();
        var now = machines.Gateway.Clock.GetUtcNow();
        var token = what switch
        {
            "expired" => FakeServiceAccounts.Token(now, TimeSpan.FromSeconds(-1)),
            "audience" => FakeServiceAccounts.Token(now, audience: "https://kubernetes.default.svc"),
            "person" => FakeServiceAccounts.Token(now, subject: "alice"),
            "huge" => FakeServiceAccounts.Token(now, subject: "system:serviceaccount:" + new string('x', 9000)),
            "nonsense" => "a.b.c",
            "empty" => "",
            _ => machines.Token(),
        };
        var cluster = what switch { "cluster" => "other", "strange cluster" => "../dev", "no cluster" => "", _ => "dev" };
        var (status, answer) = await MachineSetup.ServiceAccountTokenAsync(machines.Client, token, cluster);
        Assert.Equal(400, status);
        Assert.Contains(answer.Error, new[] { "invalid_grant", "invalid_request" });
        Assert.Empty(machines.Fake.Asked);
    }

    [Theory]
    [MemberData(nameof(BadReviews))]
    public async Task Exchange_ClusterSaysSomethingElse_Refused(string what)
    {
        await using var machines = await Machines.StartAsync();
        var (status, user) = (machines.Fake.Status, (JsonObject)machines.Fake.Status["user"]!);
        switch (what)
        {
            case "authenticated: false": status["authenticated"] = false; break;
            case "no status": machines.Fake.Status = []; break;
            case "no audiences": status.Remove("audiences"); break;
            case "other audience": status["audiences"] = new JsonArray("https://kubernetes.default.svc"); break;
            case "a person": user["username"] = "alice"; break;
            case "a node": user["username"] = "system:node:node1"; break;
            case "no uid": user.Remove("uid"); break;
            case "half a pod": ((JsonObject)user["extra"]!).Remove("authentication.kubernetes.io/pod-uid"); break;
            case "another account": user["username"] = "system:serviceaccount:ci:other"; break;
            default: user["username"] = "system:serviceaccount:prod:deployer"; break;
        }

        var (code, answer) = await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
        Assert.Equal((400, "invalid_grant"), (code, answer.Error));
        Assert.NotNull(answer.ErrorDescription);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Exchange_TokenReviewFails_UnavailableAndNothingGiven(int fault)
    {
        await using var machines = await Machines.StartAsync();
        machines.Api.Fault = _ => fault;
        var (status, answer) = await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
        Assert.Equal((400, "temporarily_unavailable", null), (status, answer.Error, answer.AccessToken));
        Assert.Contains("dev", answer.ErrorDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_ClusterOutOfReach_UnavailableAndNothingGiven()
    {
        await using var machines = await Machines.StartAsync();
        machines.Api.Before = request =>
        {
            request.HttpContext.Abort();
            return Task.CompletedTask;
        };
        var (status, answer) = await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
        Assert.Equal((400, "temporarily_unavailable", null), (status, answer.Error, answer.AccessToken));
    }

    /// <summary>The access token of a pod that is gone gets no new grant: the pod is looked for at activation.</summary>
    [Theory]
    [InlineData("pods", "job-1", 403)]
    [InlineData("serviceaccounts", "deployer", 403)]
    [InlineData("", "", 502)]
    public async Task Activate_PodGoneOrUnknown_Refused(string kind, string name, int expected)
    {
        await using var machines = await Machines.StartAsync();
        MachineSetup.Use(machines.Client, (await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token())).Answer);
        if (kind.Length > 0)
            machines.Fake.Remove(kind, name);
        else
            machines.Api.Fault = request => request.Path.Value!.Contains("/pods/", StringComparison.Ordinal) ? 403 : null;
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => MachineSetup.GrantAsync(machines.Client));
        Assert.Equal(expected, (int)refused.StatusCode!);
        Assert.Empty(machines.Api.Objects);
    }
}
