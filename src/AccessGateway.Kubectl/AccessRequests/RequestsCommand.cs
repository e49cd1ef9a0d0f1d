namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Clusters;
using AccessGateway.Kubectl.CommandLine;

internal static class RequestsCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.Optional(Arguments.AccessRequest(), "Show this one in detail: ar-…");
        var state = new Option<AccessRequestState?>("--state")
        {
            Description = $"Only those in this state: {string.Join(", ", Arguments.Names<AccessRequestState>())}.",
            HelpName = "STATE",
            CustomParser = result => Arguments.OneOf<AccessRequestState>(result),
        };
        var role = new Option<string?>("--role") { Description = "Only those that you made (requester), or may decide (reviewer).", HelpName = "ROLE" };
        role.AcceptOnlyFromAmong("requester", "reviewer");
        var limit = Arguments.Limit();
        var explain = new Option<bool>("--explain") { Description = "With an ID: what it would really allow." };
        var command = new Command("requests", "List access requests, or show one.") { id, state, role, limit, explain };
        command.Validators.Add(result =>
        {
            if (result.GetValue(explain) && result.GetValue(id) is null)
                result.AddError("--explain needs an access request's id.");
        });
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            if (parsed.GetValue(id) is { } explained && parsed.GetValue(explain))
            {
                var radius = await invocation.Gateway.RequestBlastRadiusAsync(explained, cancellation);
                invocation.Printer.Value(radius, GatewayJson.Default.BlastRadiusView, to => BlastRadiusText.Write(to, radius));
                return;
            }

            if (parsed.GetValue(id) is { } chosen)
            {
                var request = await invocation.Gateway.AccessRequestAsync(chosen, cancellation);
                invocation.Printer.One(request, AccessRequestText.Kind, to => AccessRequestText.Describe(to, request, invocation.Now));
                return;
            }

            var requests = await invocation.Gateway.AccessRequestsAsync(
                parsed.GetValue(state), parsed.GetValue(role), parsed.GetValue(limit), cancellation);
            invocation.Printer.List(requests, AccessRequestText.Kind);
        });
        return command;
    }
}
