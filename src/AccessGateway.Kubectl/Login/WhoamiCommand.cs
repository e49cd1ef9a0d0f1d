namespace AccessGateway.Kubectl.Login;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class WhoamiCommand
{
    private static readonly ResourceKind<Me> Kind = new("user", "users", me => me.Name, GatewayJson.Default.Me, []);

    public static Command Create(CommandHost host)
    {
        var command = new Command("whoami", "Show who you are to the gateway.");
        host.Handle(command, async (_, invocation, cancellation) =>
        {
            var me = await invocation.Gateway.MeAsync(cancellation);
            invocation.Printer.One(me, Kind, to => Description.Write(to,
            [
                ("Name", me.Name),
                ("Groups", string.Join(", ", me.Groups)),
                ("Administrator", me.Administrator ? "yes" : "no"),
                ("Server", PluginConfig.Require(invocation.Environment.Paths).Server),
            ]));
        });
        return command;
    }
}
