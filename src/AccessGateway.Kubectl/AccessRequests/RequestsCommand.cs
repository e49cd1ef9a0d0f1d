namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Clusters;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

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
        var cluster = new Option<string?>("--cluster") { Description = "Only those for this cluster.", HelpName = "NAME" };
        cluster.Validators.Add(result => Arguments.Check(result, Identifiers.IsDnsLabel, "is no cluster's name"));
        var text = new Option<string?>("--text") { Description = "Only those with this in id, requester, role, reason or ticket.", HelpName = "TEXT" };
        var toReview = new Option<bool>("--to-review") { Description = "Only those that wait for your review, a break-glass included." };
        var history = new Option<bool>("--history") { Description = "With an ID: what happened to it, too." };
        var limit = Arguments.Limit();
        var explain = new Option<bool>("--explain") { Description = "With an ID: what it would really allow, on each cluster." };
        var command = new Command("requests", "List access requests, or show one.") { id, state, role, cluster, text, toReview, history, limit, explain };
        command.Validators.Add(result =>
        {
            if (result.GetValue(explain) && result.GetValue(id) is null)
                result.AddError("--explain needs an access request's id.");
        });
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            if (parsed.GetValue(id) is { } explained && parsed.GetValue(explain))
            {
                await ExplainAsync(invocation, explained, cancellation);
                return;
            }

            if (parsed.GetValue(id) is { } chosen)
            {
                await ShowAsync(invocation, chosen, parsed.GetValue(history), cancellation);
                return;
            }

            var requests = await invocation.Gateway.AccessRequestsAsync(
                parsed.GetValue(state), parsed.GetValue(role), parsed.GetValue(limit), cancellation,
                ("cluster", parsed.GetValue(cluster)), ("text", parsed.GetValue(text)), ("toReview", parsed.GetValue(toReview) ? "true" : null));
            invocation.Printer.List(requests, AccessRequestText.Kind);
        });
        return command;
    }

    /// <summary>One cluster after the other.</summary>
    private static async Task ExplainAsync(Invocation invocation, string id, CancellationToken cancellation)
    {
        var radii = await invocation.Gateway.RequestBlastRadiiAsync(id, cancellation);
        invocation.Printer.Value(new Page<BlastRadiusView>(radii, NextCursor: null), GatewayJson.Default.PageBlastRadiusView, to =>
        {
            for (var i = 0; i < radii.Count; i++)
            {
                if (i > 0)
                    to.WriteLine();
                BlastRadiusText.Write(to, radii[i]);
            }
        });
    }

    private static async Task ShowAsync(Invocation invocation, string id, bool withHistory, CancellationToken cancellation)
    {
        var request = await invocation.Gateway.AccessRequestAsync(id, cancellation);
        var isForPeople = invocation.Printer.Format is OutputFormat.Table or OutputFormat.Wide;
        var comments = isForPeople ? await invocation.Gateway.CommentsAsync(id, cancellation) : [];
        var events = isForPeople && withHistory ? await invocation.Gateway.HistoryAsync(id, cancellation) : [];
        invocation.Printer.One(request, AccessRequestText.Kind, to =>
        {
            AccessRequestText.Describe(to, request, invocation.Now);
            foreach (var comment in comments)
                to.WriteLine(TerminalText.Clean($"Comment: {comment.Author} {RelativeTime.Of(comment.At, invocation.Now)}: {comment.Text}"));
            foreach (var e in events)
                to.WriteLine(TerminalText.Clean($"Event:   {AccessRequestText.Instant(e.At, invocation.Now)} {e.Type} by {e.Actor}"));
        });
    }
}
