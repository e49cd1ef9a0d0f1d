namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

/// <summary><c>after-review ID --verdict …</c>: says whether a break-glass was justified.</summary>
internal static class AfterReviewCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.AccessRequest();
        var verdict = new Option<AfterVerdict>("--verdict")
        {
            Description = $"What you found: {string.Join(", ", Arguments.Names<AfterVerdict>())}.",
            HelpName = "VERDICT",
            Required = true,
            CustomParser = Arguments.OneOf<AfterVerdict>,
        };
        var comment = new Option<string?>("--comment") { Description = "Why; needed where it was not justified.", HelpName = "TEXT" };
        var command = new Command("after-review", "Say whether a break-glass was justified.") { id, verdict, comment };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var shown = await invocation.Gateway.AccessRequestAsync(parsed.GetRequiredValue(id), cancellation);
            AccessRequestText.Describe(invocation.Environment.Error, shown, invocation.Now);
            var review = new SubmitAfterReview { Verdict = parsed.GetRequiredValue(verdict), Comment = parsed.GetValue(comment) };
            var reviewed = await invocation.Gateway.ReviewAfterAsync(shown.Id, review, cancellation);
            invocation.Printer.One(reviewed, AccessRequestText.Kind, to => to.WriteLine(TerminalText.Clean($"Your review of {reviewed.Id} is recorded")));
        });
        return command;
    }
}
