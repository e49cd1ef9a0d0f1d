namespace AccessGateway.Testing;

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AccessGateway.Server.Hosting;

/// <summary>Debian's aiosmtpd in a process of its own.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";
    private readonly string _folder;
    private Process? _process;

    private readonly IPAddress _address;

    private SmtpServer(string folder, IPAddress address, int port) => (_folder, _address, Port) = (folder, address, port);

    public int Port { get; }

    /// <summary>The mails that it took, oldest first, with the lines X-Rcpt and X-Peer on top.</summary>
    public IReadOnlyList<string> Mails => [.. Directory.EnumerateFiles(_folder, "*.eml").Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    /// <summary>Writes <c>tls/ca.crt</c>, <c>tls/server.crt</c> and <c>tls/server.key</c> for <c>localhost</c> and 127.0.0.1.</summary>
    public static void MakeCertificate(string folder) => ServerCertificate.ReadOrCreate(folder, "localhost", TimeProvider.System).Dispose();

    /// <param name="certificate">Certificate, key, and what a login needs; in the clear and without login where none.</param>
    public static Task<SmtpServer> StartAsync(params string[] certificate) => StartAtAsync(IPAddress.Loopback, certificate);

    /// <param name="address">Of this machine: one of 127.0.0.0/8.</param>
    public static async Task<SmtpServer> StartAtAsync(IPAddress address, params string[] certificate)
    {
        using var free = new TcpListener(address, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var server = new SmtpServer(Directory.CreateTempSubdirectory("access-gateway-mail-").FullName, address, port);
        await server.UpAsync(certificate);
        return server;
    }

    /// <exception cref="InvalidOperationException">It does not start; most likely the Debian package python3-aiosmtpd is missing.</exception>
    public async Task UpAsync(params string[] certificate)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "smtp_server.py"), $"{_address}", $"{Port}", _folder, .. certificate]) { RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        if (await _process.StandardOutput.ReadLineAsync() != "listening")
            throw new InvalidOperationException("The mail server does not start; install the Debian package python3-aiosmtpd (tests/run.sh does).");
    }

    public async Task DownAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await DownAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
