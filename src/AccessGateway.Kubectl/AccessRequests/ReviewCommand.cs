namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

/// <summary><c>approve</c> and <c>deny</c>: what is decided is shown first, and the review is bound to it by its digest.</summary>
internal static class ReviewCommand
{
    public static Command CreateApprove(CommandHost host) => Create(host, "approve", "Approve somebody's access request.", ReviewVerdict.Approve);

    public static Command CreateDeny(CommandHost host) => Create(host, "deny", "Deny somebody's access request.", ReviewVerdict.Deny);

    private static Command Create(CommandHost host, string name, string description, ReviewVerdict verdict)
    {
        var id = Arguments.AccessRequest();
        var comment = new Option<string?>("--comment") { Description = "Recorded with the review.", HelpName = "TEXT" };
        var command = new Command(name, description) { id, comment };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var shown = await invocation.Gateway.AccessRequestAsync(parsed.GetRequiredValue(id), cancellation);
            AccessRequestText.Describe(invocation.Environment.Error, shown, invocation.Now);
            var review = new SubmitReview { Verdict = verdict, Comment = parsed.GetValue(comment), Digest = shown.Digest };
            var reviewed = await invocation.Gateway.ReviewAsync(shown.Id, review, cancellation);
            invocation.Printer.One(reviewed, AccessRequestText.Kind, to => to.WriteLine(TerminalText.Clean(Outcome(reviewed, verdict))));
        });
        return command;
    }

    private static string Outcome(AccessRequestView request, ReviewVerdict verdict) => (verdict, request.State) switch
    {
        (ReviewVerdict.Approve, AccessRequestState.Pending) => "Your approval is recorded; " + AccessRequestText.Next(request, request.CreatedAt),
        (ReviewVerdict.Approve, _) => $"{request.Id} is approved; {request.Subject} may activate it now",
        _ => $"{request.Id} is denied",
    };
}
