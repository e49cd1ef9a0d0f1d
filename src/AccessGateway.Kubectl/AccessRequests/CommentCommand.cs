namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class CommentCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.AccessRequest();
        var text = new Argument<string>("TEXT") { Description = "What you want to say; at most 500 characters." };
        var command = new Command("comment", "Write a comment on an access request.") { id, text };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var request = parsed.GetRequiredValue(id);
            var comment = await invocation.Gateway.CommentAsync(request, parsed.GetRequiredValue(text), cancellation);
            invocation.Printer.Value(comment, GatewayJson.Default.CommentView, to => to.WriteLine(TerminalText.Clean($"Your comment stands on {request}")));
        });
        return command;
    }
}
