namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class WithdrawCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.AccessRequest();
        var command = new Command("withdraw", "Take an access request of yours back.") { id };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var request = await invocation.Gateway.WithdrawAsync(parsed.GetRequiredValue(id), cancellation);
            invocation.Printer.One(request, AccessRequestText.Kind, to => to.WriteLine(TerminalText.Clean(AccessRequestText.Next(request, invocation.Now))));
        });
        return command;
    }
}
