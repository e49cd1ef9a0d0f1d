namespace AccessGateway.Kubectl.Grants;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class GrantsCommand
{
    private const int ShownCalls = 20;

    public static Command Create(CommandHost host)
    {
        var id = Arguments.Optional(Arguments.Grant(), "Show this one in detail: gr-…");
        var state = new Option<GrantState?>("--state")
        {
            Description = $"Only those in this state: {string.Join(", ", Arguments.Names<GrantState>())}.",
            HelpName = "STATE",
            CustomParser = result => Arguments.OneOf<GrantState>(result),
        };
        var limit = Arguments.Limit();
        var command = new Command("grants", "List grants, or show one.") { id, state, limit };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            if (parsed.GetValue(id) is { } chosen)
            {
                var grant = await invocation.Gateway.GrantAsync(chosen, cancellation);
                var calls = invocation.Printer.Format is OutputFormat.Table or OutputFormat.Wide ? await invocation.Gateway.CallsAsync(chosen, ShownCalls, cancellation) : [];
                invocation.Printer.One(grant, GrantText.Kind, to =>
                {
                    GrantText.Describe(to, grant, invocation.Now);
                    OpenStreamsText.WriteCalls(to, calls, invocation.Now);
                });
                return;
            }

            var grants = await invocation.Gateway.GrantsAsync(parsed.GetValue(state), parsed.GetValue(limit), cancellation);
            invocation.Printer.List(grants, GrantText.Kind);
        });
        return command;
    }
}
