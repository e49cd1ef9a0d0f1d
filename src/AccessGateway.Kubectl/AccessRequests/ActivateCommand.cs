namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Grants;
using AccessGateway.Kubectl.Output;

internal static class ActivateCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.AccessRequest();
        var use = new Option<bool>("--use") { Description = "Add a context for each of its grants to the kubeconfig at once." };
        var command = new Command("activate", "Turn an approved request into its grants, one on each cluster: their time starts now.") { id, use };
        host.Handle(command, (parsed, invocation, cancellation) => ActivateAsync(
            invocation,
            parsed.GetRequiredValue(id),
            parsed.GetValue(use) ? new KubeconfigChoice(null, null, false) : null,
            cancellation));
        return command;
    }

    /// <param name="use">Where to add a context for each grant; null for not at all.</param>
    public static async Task ActivateAsync(Invocation invocation, string requestId, KubeconfigChoice? use, CancellationToken cancellation)
    {
        var grants = await invocation.Gateway.ActivateAsync(requestId, cancellation);
        invocation.Printer.Several(grants, GrantText.Kind, to =>
        {
            foreach (var grant in grants)
            {
                var place = grants.Count == 1 ? "" : $" on {grant.Cluster}";
                to.WriteLine(TerminalText.Clean($"Grant {grant.Id}{place} ends {AccessRequestText.Instant(grant.NotAfter, invocation.Now)}"));
                if (use is null)
                    to.WriteLine(TerminalText.Clean($"Use it with: kubectl access use {grant.Id}"));
            }
        });
        if (use is not null)
            await UseAsync(invocation, grants, use, cancellation);
    }

    /// <summary>A cluster that does not answer keeps nobody from the others.</summary>
    private static async Task UseAsync(Invocation invocation, IReadOnlyList<GrantView> grants, KubeconfigChoice choice, CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var grant in grants)
        {
            try
            {
                await UseCommand.UseAsync(invocation, grant, choice, cancellation);
            }
            catch (CommandFailedException e) when (grants.Count > 1)
            {
                failures.Add($"no context for {grant.Id} on {grant.Cluster}: {e.Message}");
            }
        }

        if (failures.Count > 0)
            throw new CommandFailedException(string.Join("; ", failures));
    }
}
