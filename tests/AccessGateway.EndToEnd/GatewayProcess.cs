namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AccessGateway.Persistence;
using AccessGateway.Testing;

/// <summary>A gateway in a process of its own, that can be killed: the published program, which starts in half the time; the Debug build where it is
/// to kill itself, which alone has the failpoints.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    /// <summary>A start keeps a core busy for seconds: more at once would only keep each other from it.</summary>
    private static readonly SemaphoreSlim Starts = new(Environment.ProcessorCount);

    /// <summary>Of a start on a machine that has much else to do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;

    private GatewayProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <param name="failpoint">Where it kills itself.</param>
    public static async Task<GatewayProcess> StartAsync(string data, string config, string name, DatabaseOptions database, string? failpoint = null)
    {
        await Starts.WaitAsync();
        try
        {
            return await StartInTurnAsync(data, config, name, database, failpoint);
        }
        finally
        {
            Starts.Release();
        }
    }

    private static async Task<GatewayProcess> StartInTurnAsync(string data, string config, string name, DatabaseOptions database, string? failpoint)
    {
        var address = new Uri($"https://localhost:{Demo.FreePort()}");
        var environment = new Dictionary<string, string>
        {
            ["ACCESSGATEWAY__Gateway__Name"] = name,
            ["ACCESSGATEWAY__Database__Provider"] = database.Provider,
            ["ACCESSGATEWAY__Database__ConnectionString"] = database.ConnectionString,
            ["ACCESSGATEWAY_FAILPOINT"] = failpoint ?? "",
        };
        var program = (failpoint is null ? ServerProgram.Published : null) ?? Path.Combine(Demo.Root, "artifacts", "bin", "AccessGateway.Server", "debug", "access-gateway");
        var process = Run.Start(program, ["serve", "--data", data, "--config", config, "--public-url", "https://localhost", "--urls", address.ToString()], environment);
        // Nobody reads on: the pipes must not fill up.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var gateway = new GatewayProcess(process, address);
        try
        {
            // A curl for each look would take the processor from what is starting.
            await Eventually.TrueAsync(() => ListensAsync(address.Port), Patience, "the gateway to listen");
            await Eventually.TrueAsync(
                async () => (await Run.ToEndAsync("curl", ["-sf", "--cacert", Path.Combine(data, "tls", "ca.crt"), new Uri(address, "/readyz").ToString()])).ExitCode == 0,
                Patience,
                "the gateway to be ready");
            return gateway;
        }
        catch
        {
            // Nobody else knows of it.
            await gateway.DisposeAsync();
            throw;
        }
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Waits until it is dead.</summary>
    public Task EndAsync() => Eventually.TrueAsync(() => Task.FromResult(_process.HasExited), what: "the gateway to die");

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
