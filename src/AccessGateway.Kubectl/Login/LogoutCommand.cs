namespace AccessGateway.Kubectl.Login;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.LocalFiles;

internal static class LogoutCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("logout", "Sign out, and delete the login and all cached credentials on this machine.");
        host.Handle(command, async (_, invocation, cancellation) =>
        {
            var paths = invocation.Environment.Paths;
            StoredLogin? login;
            using (await FileLock.TakeAsync(paths.LoginLock, invocation.Environment.Time, cancellation))
            {
                login = StoredLogin.ReadOrNothing(paths);
                PrivateFile.Delete(paths.LoginFile);
            }

            invocation.Credentials.ForgetAll();
            if (login is null)
                invocation.Say("There was no login.");
            else
                await RevokeAsync(invocation, login, cancellation);
        });
        return command;
    }

    /// <summary>What is deleted here stays deleted, whether or not the gateway can be told.</summary>
    private static async Task RevokeAsync(Invocation invocation, StoredLogin login, CancellationToken cancellation)
    {
        try
        {
            var now = invocation.Environment.Time.GetUtcNow();
            if (!login.HasEnded(now) && PluginConfig.Read(invocation.Environment.Paths) is { } config && config.Server == login.Server)
            {
                using var transport = new GatewayTransport(config);
                await new OAuthClient(transport).RevokeAsync(login, now, cancellation);
            }

            invocation.Say($"Signed out of {login.Server}.");
        }
        catch (CommandFailedException e)
        {
            invocation.Say($"warning: signed out here, but the gateway does not know: {e.Message}");
        }
    }
}
