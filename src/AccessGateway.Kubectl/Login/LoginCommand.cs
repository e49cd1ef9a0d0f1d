namespace AccessGateway.Kubectl.Login;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.LocalFiles;

internal static class LoginCommand
{
    public static Command Create(CommandHost host)
    {
        var server = new Option<string?>("--server") { Description = "The gateway's address, https://…; else the one of the last login.", HelpName = "URL" };
        var authority = new Option<string?>("--certificate-authority")
        {
            Description = "The gateway's CA in PEM, which is then the only one that is trusted; it is remembered.",
            HelpName = "FILE",
        };
        var device = new Option<bool>("--device") { Description = "Sign in on another machine, with a code." };
        var noBrowser = new Option<bool>("--no-browser") { Description = "Only print the address." };
        var command = new Command("login", "Sign in to a gateway.") { server, authority, device, noBrowser };
        var machines = new MachineOptions();
        machines.AddTo(command);
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var environment = invocation.Environment;
            var config = Choose(environment.Paths, parsed.GetValue(server), parsed.GetValue(authority));
            using var transport = new GatewayTransport(config);
            var oauth = new OAuthClient(transport);
            var login = machines.Read(parsed) is { } machine ? await machine.LoginAsync(environment, oauth, config.Server, cancellation)
                : parsed.GetValue(device) ? await new DeviceLogin(environment, oauth, config).RunAsync(cancellation)
                : await new AuthorizationCodeLogin(environment, oauth, config).RunAsync(!parsed.GetValue(noBrowser), cancellation);

            StoredLogin? former;
            using (await FileLock.TakeAsync(environment.Paths.LoginLock, environment.Time, cancellation))
            {
                former = StoredLogin.ReadOrNothing(environment.Paths);
                config.Write(environment.Paths);
                login.Write(environment.Paths);
            }

            await EndAsync(former, login, oauth, environment.Time.GetUtcNow(), cancellation);
            var me = await invocation.Gateway.MeAsync(cancellation);
            invocation.Say($"Signed in to {config.Server} as {me.Name}.");
        });
        return command;
    }

    /// <summary>The login that this one replaces is nobody's any more. Where that cannot be told, it ends by itself in time.</summary>
    private static async Task EndAsync(StoredLogin? former, StoredLogin login, OAuthClient oauth, DateTimeOffset now, CancellationToken cancellation)
    {
        if (former is null || former.Server != login.Server || former.HasEnded(now))
            return;
        try
        {
            await oauth.RevokeAsync(former, now, cancellation);
        }
        catch (CommandFailedException)
        {
        }
    }

    /// <summary>A stored CA goes with its server: another server starts from the system's roots.</summary>
    private static PluginConfig Choose(PluginPaths paths, string? server, string? authorityFile)
    {
        var stored = PluginConfig.Read(paths);
        if (server is null && stored is null)
            throw new CommandFailedException("there is no gateway yet; give one with --server URL", ExitCodes.BadUsage);
        var address = server is null ? stored!.Server : PluginConfig.ParseServer(server);
        return authorityFile is null
            ? new(address, stored?.Server == address ? stored.CertificateAuthority : null)
            : new(address, ReadAuthority(authorityFile));
    }

    private static string ReadAuthority(string file)
    {
        if (!File.Exists(file))
            throw new CommandFailedException($"there is no file {file}", ExitCodes.BadUsage);
        // The certificates alone are kept, whatever else the file holds.
        return string.Join('\n', GatewayTransport.ParseCertificates(File.ReadAllText(file)).Select(c => c.ExportCertificatePem()));
    }
}
