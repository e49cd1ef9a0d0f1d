namespace AccessGateway.Kubectl.Tests.Grants;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Kubeconfig;
using AccessGateway.Kubectl.Tests.Fakes;

/// <summary>With the real kubectl of PATH.</summary>
public sealed class UseCommandTests
{
    private const string Existing = """
        {"apiVersion":"v1","kind":"Config","current-context":"mine","clusters":[{"name":"mine","cluster":{"server":"https://mine.test"}}],
        "contexts":[{"name":"mine","context":{"cluster":"mine","user":"me"}}],"users":[{"name":"me","user":{"username":"me"}}]}
        """;

    [Fact]
    public async Task Use_Grant_AddsAContextAndLeavesTheCurrentOne()
    {
        await using var fixture = await ReadyAsync();

        var result = await fixture.RunAsync("use", PluginFixture.Grant);

        Assert.Equal((0, ""), (result.ExitCode, result.Out));
        Assert.Equal($"Context dev-{PluginFixture.Grant} added; use it with: kubectl --context dev-{PluginFixture.Grant} get pods\n", result.Error);
        using var config = await ViewAsync(fixture);
        var root = config.RootElement;
        Assert.Equal("mine", root.GetProperty("current-context").GetString());
        var exec = Named(root, "users", "access-gateway-" + PluginFixture.Grant).GetProperty("user").GetProperty("exec");
        Assert.Equal("/opt/tools/kubectl-access", exec.GetProperty("command").GetString());
        // An older kubectl than 1.30 is no mistake of this machine.
        var (version, mode) = await WritesInteractiveModeAsync() ? ("v1", "Never") : ("v1beta1", null);
        Assert.Equal($"client.authentication.k8s.io/{version}", exec.GetProperty("apiVersion").GetString());
        Assert.Equal(mode, exec.TryGetProperty("interactiveMode", out var written) ? written.GetString() : null);
        Assert.Equal(["credential", "--grant", PluginFixture.Grant], exec.GetProperty("args").EnumerateArray().Select(arg => arg.GetString()!));
        var cluster = Named(root, "clusters", "access-gateway-dev").GetProperty("cluster");
        Assert.Equal("https://127.0.0.1:6443", cluster.GetProperty("server").GetString());
        Assert.Equal(fixture.Ca.Pem, System.Text.Encoding.UTF8.GetString(cluster.GetProperty("certificate-authority-data").GetBytesFromBase64()));
        var context = Named(root, "contexts", "dev-" + PluginFixture.Grant).GetProperty("context");
        Assert.Equal("access-gateway-dev", context.GetProperty("cluster").GetString());
        Assert.Empty(Directory.GetFiles(fixture.Paths.CredentialsFolder, "*.crt"));
    }

    [Fact]
    public async Task Use_Twice_IsTheSameAsOnce()
    {
        await using var fixture = await ReadyAsync();
        await fixture.RunAsync("use", PluginFixture.Grant);
        var once = await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken);

        await fixture.RunAsync("use", PluginFixture.Grant);

        Assert.Equal(once, await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken));
        Assert.Equal(1, fixture.Gateway.Count("POST", $"/api/v1/grants/{PluginFixture.Grant}/credential"));
    }

    [Fact]
    public async Task Use_OtherFileNameAndCurrent_DoesAsAsked()
    {
        await using var fixture = await ReadyAsync();
        var file = Path.Combine(fixture.Home, "other");

        var result = await fixture.RunAsync("use", PluginFixture.Grant, "--kubeconfig", file, "--context-name", "prod", "--set-current");

        Assert.Equal((0, "Context prod is now the current one.\n"), (result.ExitCode, result.Error));
        Assert.Contains("current-context: prod", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(Existing, await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task Use_ContextNameBad_IsBadUsage(string name)
    {
        await using var fixture = await ReadyAsync();

        Assert.Equal(2, (await fixture.RunAsync("use", PluginFixture.Grant, "--context-name=" + name)).ExitCode);
    }

    [Theory]
    [InlineData("--kubeconfig=/etc/x", "https://a.test")]
    [InlineData("dev", "http://a.test")]
    [InlineData("dev", "--insecure-skip-tls-verify")]
    public async Task Use_GatewayNamesSomethingOdd_WritesNothing(string cluster, string server)
    {
        await using var fixture = await ReadyAsync();
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}", Views.Grant(fixture.Time) with { Cluster = cluster }, GatewayJson.Default.GrantView);
        fixture.Gateway.On(
            $"POST /grants/{PluginFixture.Grant}/credential",
            new CredentialResponse("LEAF", fixture.Time.GetUtcNow().AddMinutes(9), server, fixture.Ca.Pem),
            GatewayJson.Default.CredentialResponse);

        Assert.Equal(1, (await fixture.RunAsync("use", PluginFixture.Grant)).ExitCode);
        Assert.Equal(Existing, await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Use_KubectlBefore130_FallsBackToTheOlderVersion()
    {
        await using var fixture = await ReadyAsync();
        OldKubectl(fixture);

        Assert.Equal(0, (await fixture.RunAsync("use", PluginFixture.Grant)).ExitCode);

        Assert.Contains(
            "client.authentication.k8s.io/v1beta1",
            await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    /// <summary>Debian 12's kubectl cannot write users; it stands for itself where it is the only one.</summary>
    [Fact]
    public async Task Use_KubectlThatCrashesOnUsers_MergesThem()
    {
        await using var fixture = await ReadyAsync();
        Kubectl(fixture, "*set-credentials*--exec-interactive-mode*) echo 'error: unknown flag: --exec-interactive-mode' >&2; exit 1;; *set-credentials*) echo 'panic: runtime error' >&2; exit 2;;");
        Assert.Equal((0, ""), await OutcomeAsync(fixture, "use", PluginFixture.Grant));
        using var config = await ViewAsync(fixture);
        var exec = Named(config.RootElement, "users", "access-gateway-" + PluginFixture.Grant).GetProperty("user").GetProperty("exec");
        Assert.Equal(["credential", "--grant", PluginFixture.Grant], exec.GetProperty("args").EnumerateArray().Select(argument => argument.GetString()!));
        Assert.Equal("client.authentication.k8s.io/v1beta1", exec.GetProperty("apiVersion").GetString());
        Assert.Equal("me", Named(config.RootElement, "users", "me").GetProperty("user").GetProperty("username").GetString());
        Assert.Equal("mine", config.RootElement.GetProperty("current-context").GetString());
        // Once more changes nothing, and leaves no second one.
        Assert.Equal((0, ""), await OutcomeAsync(fixture, "use", PluginFixture.Grant));
        using var again = await ViewAsync(fixture);
        Named(again.RootElement, "users", "access-gateway-" + PluginFixture.Grant);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fixture.Variables["KUBECONFIG"]!));
        Assert.False(File.Exists(fixture.Variables["KUBECONFIG"] + ".lock"));

        await File.WriteAllTextAsync(fixture.Variables["KUBECONFIG"] + ".lock", "", TestContext.Current.CancellationToken);
        Assert.Contains(".lock", (await OutcomeAsync(fixture, "use", PluginFixture.Grant)).Error, StringComparison.Ordinal);
        File.Delete(fixture.Variables["KUBECONFIG"] + ".lock");
        fixture.Variables["KUBECONFIG"] += ":" + Path.Combine(fixture.Home, "other");
        Assert.Contains("name one file with --kubeconfig", (await OutcomeAsync(fixture, "use", PluginFixture.Grant)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Use_NoKubectl_SaysSo()
    {
        await using var fixture = await ReadyAsync();
        fixture.Variables["PATH"] = fixture.Home;

        Assert.Equal("error: there is no kubectl on PATH\n", (await fixture.RunAsync("use", PluginFixture.Grant)).Error);
    }

    [Fact]
    public async Task RequestUse_Approved_EndsWithAWorkingContext()
    {
        await using var fixture = await ReadyAsync(skipWaits: true);
        fixture.Gateway.On("POST /access-requests", Views.AccessRequest(fixture.Time), GatewayJson.Default.AccessRequestView, 201);
        fixture.Gateway.On(
            $"GET /access-requests/{PluginFixture.Request}", Views.AccessRequest(fixture.Time, AccessRequestState.Approved), GatewayJson.Default.AccessRequestView);
        fixture.Gateway.OnAfterStepUp(
            $"POST /access-requests/{PluginFixture.Request}/activate",
            StepUpActions.Activate(PluginFixture.Request),
            _ => Reply.Json(new Page<GrantView>([Views.Grant(fixture.Time)], null), GatewayJson.Default.PageGrantView, 201));

        var result = await fixture.RunAsync("request", "dev", "admin", "--use", "--totp", FakeStepUp.GoodCode);

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith($"Grant {PluginFixture.Grant} ends ", result.Out, StringComparison.Ordinal);
        using var config = await ViewAsync(fixture);
        Named(config.RootElement, "contexts", "dev-" + PluginFixture.Grant);
    }

    [Theory]
    [InlineData("relinquish")]
    [InlineData("revoke", "--revoke")]
    public async Task End_Used_LeavesNothingBehind(string call, params string[] options)
    {
        await using var fixture = await ReadyAsync();
        await fixture.RunAsync("use", PluginFixture.Grant, "--context-name", "prod");
        fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/{call}", Views.Grant(fixture.Time, GrantState.Relinquished) with { OpenStreams = [] }, GatewayJson.Default.GrantView);

        var result = await fixture.RunAsync(["end", PluginFixture.Grant, .. options]);

        Assert.Equal((0, $"Grant {PluginFixture.Grant} has ended\n", ""), (result.ExitCode, result.Out, result.Error));
        Assert.False(File.Exists(fixture.Paths.CredentialFile(PluginFixture.Grant)));
        var config = await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("access-gateway", config, StringComparison.Ordinal);
        Assert.Contains("current-context: mine", config, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extend_Granted_TellsTheNewEnd()
    {
        await using var fixture = await ReadyAsync();
        fixture.Gateway.OnAfterStepUp(
            $"POST /grants/{PluginFixture.Grant}/extend",
            StepUpActions.Extend(PluginFixture.Grant),
            _ => Reply.Json(Views.Grant(fixture.Time), GatewayJson.Default.GrantView));

        var result = await fixture.RunAsync("extend", PluginFixture.Grant, "--for", "10m", "--totp", FakeStepUp.GoodCode);

        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("(in 30m)\n", result.Out, StringComparison.Ordinal);
        Assert.Equal("""{"duration":"10m"}""", fixture.Gateway.Calls[^1].Body);
    }

    private static async Task<PluginFixture> ReadyAsync(bool skipWaits = false)
    {
        var fixture = await PluginFixture.SignedInAsync(skipWaits);
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await File.WriteAllTextAsync(fixture.Variables["KUBECONFIG"]!, Existing, TestContext.Current.CancellationToken);
        Assert.SkipWhen(Programs.Find("kubectl", fixture.Variables.GetValueOrDefault) is null, "needs kubectl");
        return fixture;
    }

    private static async Task<(int ExitCode, string Error)> OutcomeAsync(PluginFixture fixture, params string[] arguments)
    {
        var result = await fixture.RunAsync(arguments);
        return (result.ExitCode, result.ExitCode == 0 ? "" : result.Error);
    }

    private static void OldKubectl(PluginFixture fixture) =>
        Kubectl(fixture, "*--exec-interactive-mode*) echo 'error: unknown flag: --exec-interactive-mode' >&2; exit 1;;");

    /// <summary>The real one, but for some arguments.</summary>
    private static void Kubectl(PluginFixture fixture, string cases)
    {
        var real = Programs.Find("kubectl", fixture.Variables.GetValueOrDefault);
        var script = Path.Combine(fixture.Home, "kubectl");
        File.WriteAllText(script, $"#!/bin/sh\ncase \"$*\" in {cases} esac\nexec {real} \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        fixture.Variables["PATH"] = $"{fixture.Home}:{fixture.Variables["PATH"]}";
    }

    private static async Task<bool> WritesInteractiveModeAsync()
    {
        using var kubectl = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("kubectl", ["config", "set-credentials", "--help"]) { RedirectStandardOutput = true })!;
        return (await kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Contains("--exec-interactive-mode", StringComparison.Ordinal);
    }

    private static async Task<JsonDocument> ViewAsync(PluginFixture fixture)
    {
        var start = new System.Diagnostics.ProcessStartInfo("kubectl", ["config", "view", "--raw", "-o", "json"]) { RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = fixture.Variables["KUBECONFIG"];
        using var kubectl = System.Diagnostics.Process.Start(start)!;
        return JsonDocument.Parse(await kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private static JsonElement Named(JsonElement root, string list, string name) =>
        root.GetProperty(list).EnumerateArray().Single(item => item.GetProperty("name").GetString() == name);
}
