namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Diagnostics;
using System.Runtime.CompilerServices;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.LocalFiles;
using AccessGateway.Kubectl.Login;

internal sealed record RunResult(int ExitCode, string Out, string Error);

/// <summary>A home folder, a gateway, and the plugin run against them.</summary>
internal sealed class PluginFixture : IAsyncDisposable
{
    public const string Request = "ar-0123456789abc";
    public const string Grant = "gr-0123456789abc";

    private PluginFixture(FakeGateway gateway, TestCa ca, TestTime time)
    {
        (Gateway, Ca, Time) = (gateway, ca, time);
        Variables = new()
        {
            ["HOME"] = Home,
            ["PATH"] = Environment.GetEnvironmentVariable("PATH"),
            ["KUBECONFIG"] = Path.Combine(Home, "kubeconfig"),
        };
    }

    public string Home { get; } = Directory.CreateTempSubdirectory("kubectl-access-").FullName;

    public FakeGateway Gateway { get; }

    public TestCa Ca { get; }

    public TestTime Time { get; }

    public Dictionary<string, string?> Variables { get; }

    public PluginPaths Paths => new(name => Variables.GetValueOrDefault(name));

    /// <summary>What the browser does with the address; nothing where null.</summary>
    public Func<Uri, Task>? Browser { get; set; }

    public string? TypedCode { get; set; }

    public string AuthorityFile
    {
        get
        {
            var path = Path.Combine(Home, "ca.crt");
            File.WriteAllText(path, Ca.Pem);
            return path;
        }
    }

    public static async Task<PluginFixture> StartAsync(bool skipWaits = false, bool certificateForThisMachine = true)
    {
        var ca = new TestCa();
        var time = new TestTime { SkipsWaits = skipWaits };
        var gateway = await FakeGateway.StartAsync(ca.MakeServerCertificate(certificateForThisMachine), time);
        gateway.On("GET /me", new Me("ada", ["platform"], false), GatewayJson.Default.Me);
        return new(gateway, ca, time);
    }

    public static async Task<PluginFixture> SignedInAsync(bool skipWaits = false)
    {
        var fixture = await StartAsync(skipWaits);
        var code = QueryCode(fixture.Gateway.OAuth.Authorize(new Uri(
            $"{fixture.Gateway.Address}/connect/authorize?response_type=code&client_id=kubectl-access&scope=offline_access%20api"
            + "&state=0123456789012345678901234567890123456789&code_challenge_method=S256&redirect_uri=http://127.0.0.1/callback"
            + "&code_challenge=" + new Pkce("verifier", "").Challenge)));
        using var transport = new Kubectl.Gateway.GatewayTransport(fixture.Config);
        var answer = await new OAuthClient(transport).RedeemCodeAsync(code, "verifier", "http://127.0.0.1/callback", TestContext.Current.CancellationToken);
        fixture.Config.Write(fixture.Paths);
        OAuthClient.ToLogin(answer, fixture.Gateway.Address, fixture.Time.GetUtcNow()).Write(fixture.Paths);
        return fixture;
    }

    public PluginConfig Config => new(Gateway.Address, Ca.Pem);

    public Task<RunResult> RunAsync(params string[] args) => RunAsync(TestContext.Current.CancellationToken, args);

    [OverloadResolutionPriority(1)]
    public async Task<RunResult> RunAsync(CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var environment = new PluginEnvironment
        {
            Variable = name => Variables.GetValueOrDefault(name),
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            Time = Time,
            Terminal = new()
            {
                ShowsProgress = false,
                CanAsk = TypedCode is not null,
                ReadHidden = _ => Task.FromResult(TypedCode!),
            },
            ProgramPath = "/opt/tools/kubectl-access",
            HostName = "ada-laptop",
            OpenBrowser = Open,
        };
        var exitCode = await Plugin.RunAsync(args, environment, cancellation);
        return new(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The built program, as a process of its own; KUBECTL_ACCESS_BINARY names a published one to run instead.</summary>
    public async Task<RunResult> RunProcessAsync(params string[] args)
    {
        var published = Environment.GetEnvironmentVariable("KUBECTL_ACCESS_BINARY");
        var start = new ProcessStartInfo(
            published ?? "dotnet", published is null ? [Path.Combine(AppContext.BaseDirectory, "kubectl-access.dll"), .. args] : args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        start.Environment.Remove("XDG_CONFIG_HOME");
        start.Environment.Remove("XDG_CACHE_HOME");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Directory.Delete(Home, recursive: true);
    }

    private bool Open(Uri address)
    {
        if (Browser is null)
            return false;
        _ = Browser(address);
        return true;
    }

    private static string QueryCode(Uri redirect) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(redirect.Query)["code"].ToString();
}
