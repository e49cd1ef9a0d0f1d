namespace AccessGateway.Kubectl.Tests.Reaping;

using System.Text.Json;
using System.Text.Json.Nodes;
using AccessGateway.Kubectl.Tests.Fakes;

/// <summary>The reaper against an API server at the wire. The clock of that says 12:00.</summary>
public sealed class ReapCommandTests : IAsyncLifetime
{
    private const string Ended = "2026-05-01T11:58:00Z";
    private const string Living = "2026-05-01T12:30:00Z";

    private PluginFixture _fixture = null!;
    private FakeCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _fixture = await PluginFixture.StartAsync();
        _cluster = await FakeCluster.StartAsync(_fixture.Ca);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Reap_EndedLivingAndForeign_OnlyTheEndedGo()
    {
        foreach (var grant in new[] { "gr-a", "gr-b", "gr-c", "gr-d", "gr-e" })
            _cluster.Add($"clusterrolebindings/jit-{grant}", grant, Ended);
        _cluster.Add("namespaces/shop/rolebindings/jit-gr-f", "gr-f", Ended);
        string[] stays = ["clusterrolebindings/cluster-admins", "clusterrolebindings/jit-gr-l", "clusterrolebindings/jit-gr-o", "clusterrolebindings/jit-gr-x", "namespaces/shop/rolebindings/jit-gr-m"];
        _cluster.Add(stays[0], "gr-a", Ended); // carries the label, but not the name of what the gateway makes
        _cluster.Add(stays[1], "gr-l", Living);
        _cluster.Add(stays[2], "gr-o", Ended, gateway: "another");
        _cluster.Add(stays[3], "gr-y", Ended); // another grant's name
        _cluster.Add(stays[4], "gr-m", Living);

        var result = await ReapAsync();

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(stays, _cluster.Objects.Keys.Order(StringComparer.Ordinal));
        Assert.Matches(@"rolebinding +shop +jit-gr-f +\S+.* +deleted", result.Out);
        Assert.Equal((0, "No bindings of ended grants found.\n"), (await ReapAsync()) is var again ? (again.ExitCode, again.Error) : default);
    }

    /// <summary>While it lives the gateway is faster, and an extension must have the time to reach the annotation.</summary>
    [Theory]
    [InlineData("2026-05-01T11:59:30Z", null, true)]
    [InlineData("2026-05-01T11:59:00Z", null, false)]
    [InlineData("2026-05-01T11:59:30Z", "10s", false)]
    [InlineData("2026-05-01T11:40:00Z", "1h", true)]
    [InlineData("9999-12-31T23:59:59Z", null, true)]
    public async Task Reap_WithinTheGrace_LeftToTheGateway(string end, string? grace, bool stays)
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", end);
        Assert.Equal(0, (await (grace is null ? ReapAsync() : ReapAsync("--grace", grace))).ExitCode);
        Assert.Equal(stays, !_cluster.Objects.IsEmpty);
    }

    /// <summary>Whoever strips or spoils the annotation does not outlive a dead gateway; a living one writes it back within the grace.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("tomorrow")]
    [InlineData("2026-05-01 12:30:00")]
    [InlineData("99999-01-01T00:00:00Z")]
    public async Task Reap_NoReadableEnd_GoesOnceOlderThanTheGrace(string? end)
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", end);
        _cluster.Add("clusterrolebindings/jit-gr-b", "gr-b", end, created: "2026-05-01T11:59:30Z");
        var result = await ReapAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("unreadable", result.Out, StringComparison.Ordinal);
        Assert.Equal(["clusterrolebindings/jit-gr-b"], _cluster.Objects.Keys);
    }

    /// <summary>The machine's own clock counts for nothing: one that is ahead would take living access away.</summary>
    [Fact]
    public async Task Reap_OwnClockAhead_TheApiServersCounts()
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Living);
        _fixture.Time.Advance(TimeSpan.FromDays(36500));
        Assert.Equal(0, (await ReapAsync()).ExitCode);
        Assert.Single(_cluster.Objects);
    }

    [Fact]
    public async Task Reap_ChangedBetweenListAndDelete_LeftForTheNextRun()
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        _cluster.Fault = request =>
        {
            if (request.Method == "DELETE")
                _cluster.Objects["clusterrolebindings/jit-gr-a"]["resourceVersion"] = "8";
            return null;
        };
        var result = await ReapAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("changed", result.Out, StringComparison.Ordinal);
        Assert.Single(_cluster.Objects);
    }

    [Fact]
    public async Task Reap_OneRefused_TheOthersGoAndItEnds1()
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        _cluster.Add("clusterrolebindings/jit-gr-b", "gr-b", Ended);
        _cluster.Fault = request => request.Method == "DELETE" && request.Path.Value!.EndsWith("gr-a", StringComparison.Ordinal) ? 403 : null;
        var result = await ReapAsync();
        Assert.Equal((1, "error: 1 of 2 could not be deleted\n"), (result.ExitCode, result.Error));
        Assert.Contains("somebody said no", result.Out, StringComparison.Ordinal);
        Assert.Equal(["clusterrolebindings/jit-gr-a"], _cluster.Objects.Keys);
    }

    /// <summary>The API server says yes to the delete of what a finalizer holds, and leaves it in force. So does nobody here.</summary>
    [Fact]
    public async Task Reap_HeldByAFinalizer_SaidToStayAndItEnds1()
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        _cluster.Add("clusterrolebindings/jit-gr-b", "gr-b", Ended);
        _cluster.Objects["clusterrolebindings/jit-gr-a"]["finalizers"] = new JsonArray("example.com/mine");
        var result = await ReapAsync();
        Assert.Equal((1, "error: 1 of 2 could not be deleted\n"), (result.ExitCode, result.Error));
        Assert.Contains("until its finalizers are taken away: example.com/mine", result.Out, StringComparison.Ordinal);
        Assert.Equal(["clusterrolebindings/jit-gr-a"], _cluster.Objects.Keys);
    }

    [Fact]
    public async Task Reap_ApiServerForgotWhereTheListWas_BegunAgain()
    {
        foreach (var grant in new[] { "gr-a", "gr-b", "gr-c" })
            _cluster.Add($"clusterrolebindings/jit-{grant}", grant, Ended);
        var once = 0;
        _cluster.Fault = request => request.Query.ContainsKey("continue") && Interlocked.Increment(ref once) == 1 ? 410 : null;
        Assert.Equal(0, (await ReapAsync()).ExitCode);
        Assert.Empty(_cluster.Objects);
    }

    /// <summary>A role that the gateway made stays as long as a binding of its grant lives: only that moves with an extension.</summary>
    [Fact]
    public async Task Reap_Roles_GoWithTheirBinding()
    {
        _cluster.Add("clusterroles/jit-gr-a", "gr-a", Ended);
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        _cluster.Add("namespaces/shop/roles/jit-gr-l", "gr-l", Ended);
        _cluster.Add("namespaces/shop/rolebindings/jit-gr-l", "gr-l", Living);
        _cluster.Add("clusterroles/view", "", null);
        await ReapAsync();
        Assert.Contains("clusterroles/jit-gr-a", _cluster.Objects.Keys);
        Assert.DoesNotContain(_cluster.Calls, call => call.EndsWith("roles", StringComparison.Ordinal));

        Assert.Equal(0, (await ReapAsync("--roles")).ExitCode);
        Assert.Equal(["clusterroles/view", "namespaces/shop/rolebindings/jit-gr-l", "namespaces/shop/roles/jit-gr-l"], _cluster.Objects.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Reap_RoleOfABindingThatCannotGo_Stays()
    {
        _cluster.Add("clusterroles/jit-gr-a", "gr-a", Ended);
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        _cluster.Fault = request => request.Method == "DELETE" && request.Path.Value!.Contains("bindings", StringComparison.Ordinal) ? 500 : null;
        Assert.Equal(1, (await ReapAsync("--roles")).ExitCode);
        Assert.Equal(2, _cluster.Objects.Count);
    }

    [Fact]
    public async Task Reap_DryRunAsJson_DeletesNothing()
    {
        _cluster.Add("namespaces/shop/rolebindings/jit-gr-a", "gr-a", Ended);
        var result = await ReapAsync("--dry-run", "-o", "json");
        using var json = JsonDocument.Parse(result.Out);
        var item = Assert.Single(json.RootElement.GetProperty("items").EnumerateArray());
        Assert.Equal(("rolebinding", "shop", "gr-a", "wouldDelete"), (item.GetProperty("kind").GetString(), item.GetProperty("namespace").GetString(), item.GetProperty("grant").GetString(), item.GetProperty("outcome").GetString()));
        Assert.Single(_cluster.Objects);
        Assert.DoesNotContain(_cluster.Calls, call => call.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reap_ListRefused_Ends1AndDeletesNothing()
    {
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        _cluster.Fault = request => request.Path.Value!.EndsWith("/rolebindings", StringComparison.Ordinal) ? 403 : null;
        var result = await ReapAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("answered 403: somebody said no", result.Error, StringComparison.Ordinal);
        Assert.Single(_cluster.Objects);
    }

    [Fact]
    public async Task Reap_ApiServerOfAnotherCa_NothingIsSent()
    {
        await using var other = await FakeCluster.StartAsync(new TestCa());
        var result = await _fixture.RunAsync("reap", "--server", other.Address, "--ca-file", _fixture.AuthorityFile, "--token-file", TokenFile());
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cannot be reached", result.Error, StringComparison.Ordinal);
        Assert.Empty(other.Calls);
    }

    [Fact]
    public async Task Reap_InAPod_FindsTheServerByTheEnvironment()
    {
        var address = new Uri(_cluster.Address);
        (_fixture.Variables["KUBERNETES_SERVICE_HOST"], _fixture.Variables["KUBERNETES_SERVICE_PORT"]) = (address.Host, $"{address.Port}");
        _cluster.Add("clusterrolebindings/jit-gr-a", "gr-a", Ended);
        Assert.Equal(0, (await _fixture.RunAsync("reap", "--ca-file", _fixture.AuthorityFile, "--token-file", TokenFile())).ExitCode);
        Assert.Empty(_cluster.Objects);
    }

    [Theory]
    [InlineData("--server", "http://127.0.0.1")]
    [InlineData("--gateway", "a=b,c")]
    [InlineData("--grace", "soon")]
    public async Task Reap_BadUsage_Ends2(params string[] arguments) => Assert.Equal(2, (await _fixture.RunAsync(["reap", .. arguments])).ExitCode);

    [Fact]
    public async Task Reap_NoPod_SaysWhatIsMissing() =>
        Assert.Contains("give --server", (await _fixture.RunAsync("reap")).Error, StringComparison.Ordinal);

    private Task<RunResult> ReapAsync(params string[] more) =>
        _fixture.RunAsync(["reap", "--server", _cluster.Address, "--ca-file", _fixture.AuthorityFile, "--token-file", TokenFile(), .. more]);

    private string TokenFile()
    {
        var path = Path.Combine(_fixture.Home, "token");
        File.WriteAllText(path, FakeCluster.Token + "\n");
        return path;
    }
}
