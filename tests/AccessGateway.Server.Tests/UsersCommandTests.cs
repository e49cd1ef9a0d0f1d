namespace AccessGateway.Server.Tests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>The <c>users</c> commands, beside a gateway that runs.</summary>
public sealed class UsersCommandTests : IAsyncLifetime
{
    private FakeApiServer _api = null!;
    private TestDatabase _database = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        _database = await TestDatabase.CreateAsync(TestDatabase.PostgresServer is null ? DatabaseKind.Sqlite : DatabaseKind.Postgres);
        _gateway = await TestGateway.CreateAsync(apiServer: _api, database: _database, background: true);
        await _gateway.ListenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _database.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Users_FromAddingToDisabling_EveryCommand()
    {
        var (code, link, _) = await RunAsync("add", "carol", "--groups", "platform, sre");
        Assert.Equal(0, code);
        Assert.StartsWith("https://localhost/enrol/", link, StringComparison.Ordinal);
        var (_, second, _) = await RunAsync("invite", "carol");
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await FindAsync(link)));
        Assert.Equal("carol", TestGateway.Value(await FindAsync(second)).UserName);

        Assert.Equal((0, "", ""), await RunAsync("groups", "carol", "--groups", "auditors"));
        var listed = await RunAsync("list", "-o", "json");
        var carol = Assert.Single(JsonSerializer.Deserialize(listed.Out, GatewayJson.Default.ListUserView)!);
        Assert.Equal(("carol", UserState.Invited), (carol.Name, carol.State));
        Assert.Equal(["auditors"], carol.Groups);
        Assert.Equal((0, "", ""), await RunAsync("groups", "carol", "--groups", ""));
        Assert.Matches(@"\ANAME +STATE +LAST SIGN-IN +GROUPS\ncarol +invited +never *\n\z", (await RunAsync("list")).Out);

        Assert.Equal((0, "", ""), await RunAsync("disable", "carol"));
        Assert.Contains("disabled", (await RunAsync("list")).Out, StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await RunAsync("enable", "carol"));
        Assert.StartsWith("https://localhost/enrol/", (await RunAsync("reset-mfa", "carol")).Out, StringComparison.Ordinal);
        Assert.All((await _gateway.AuditAsync()).Where(row => row.Type.StartsWith("user.", StringComparison.Ordinal)), row => Assert.Equal("console", row.Actor));
    }

    [Theory]
    [InlineData(1, "error: There is no user 'nobody'.\n", "disable", "nobody")]
    [InlineData(1, "error: There is no user 'nobody'.\n", "invite", "nobody")]
    [InlineData(1, "error: There is no user 'nobody'.\n", "groups", "nobody", "--groups", "sre")]
    [InlineData(1, "error: There is a user 'root' already.\n", "add", "root")]
    [InlineData(1, "error: 'root' is the last administrator who can sign in.\n", "disable", "root")]
    [InlineData(1, "error: 'root' is the last administrator who can sign in.\n", "groups", "root", "--groups", "sre")]
    [InlineData(1, "error: 'root' has enrolled already; reset the account if its password or factors are lost.\n", "invite", "root")]
    [InlineData(1, "error: name: 'Root' must be", "add", "Root")]
    [InlineData(1, "error: groups: 'a b' must be", "add", "carol", "--groups", "a b")]
    [InlineData(2, "error: ", "groups", "root")]
    [InlineData(2, "error: ", "add")]
    [InlineData(2, "error: ", "list", "-o", "xml")]
    [InlineData(2, "error: ", "remove", "root")]
    public async Task Users_NotPossible_SaysWhyAndWhichKindOfFailure(int expected, string message, params string[] arguments)
    {
        await _gateway.AddUserAsync("root", "administrators");
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal((expected, ""), (code, output));
        Assert.StartsWith(message, error, StringComparison.Ordinal);
    }

    /// <summary>The command has the clusters forget the grants itself: it does not leave that to the running gateway's next pass.</summary>
    [Fact]
    public async Task Disable_HolderOfGrants_UnboundWhenTheCommandEnds()
    {
        var alice = await _gateway.AddUserAsync("alice", "platform");
        foreach (var _ in Enumerable.Range(0, 5))
            await _gateway.GrantAsync(alice);
        using var client = await _gateway.SignInAsync(alice);
        Assert.Equal(5, _api.Objects.Count);

        var start = TimeProvider.System.GetTimestamp();
        Assert.Equal((0, "", ""), await RunAsync("disable", "alice"));
        Assert.Empty(_api.Objects);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        var late = (await _gateway.AuditAsync()).Where(row => row.Type == "binding.removed").Select(row => row.Details["secondsAfterEnd"]);
        TestContext.Current.TestOutputHelper?.WriteLine($"the command took {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.00} s; bindings gone after the revocation, in seconds: {string.Join(", ", late)}");
    }

    [Fact]
    public async Task Disable_ClusterDown_WarnsAndTheRunningGatewayMakesUpForIt()
    {
        var alice = await _gateway.AddUserAsync("alice", "platform");
        await _gateway.GrantAsync(alice);
        _api.Fault = _ => 503;
        var (code, output, error) = await RunAsync("disable", "alice");
        Assert.Equal((0, ""), (code, output));
        Assert.StartsWith("warning: cluster 'dev' could not be told", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        _api.Fault = _ => null;
        await Eventually.TrueAsync(() =>
        {
            _gateway.Clock.Advance(AccessGateway.Bindings.ReconcileLoop.Period);
            return Task.FromResult(_api.Objects.IsEmpty);
        });
    }

    private Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] arguments) => GatewayProgram.RunAsync(_gateway, _database, ["users", .. arguments]);

    private Task<Outcome<EnrolmentStep>> FindAsync(string link) =>
        _gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(link.Trim().Split('/')[^1], default));
}
