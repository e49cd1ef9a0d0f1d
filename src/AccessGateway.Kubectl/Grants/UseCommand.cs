namespace AccessGateway.Kubectl.Grants;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.Kubeconfig;

/// <summary>Where a context goes.</summary>
/// <param name="File">Null for what kubectl would use.</param>
/// <param name="ContextName">Null for cluster and grant id.</param>
internal sealed record KubeconfigChoice(string? File, string? ContextName, bool SetCurrent);

internal static class UseCommand
{
    public static Command Create(CommandHost host)
    {
        var grant = Arguments.Grant();
        var file = Arguments.Kubeconfig();
        var name = new Option<string?>("--context-name") { Description = "The context's name; else CLUSTER-GRANT.", HelpName = "NAME" };
        name.Validators.Add(result => Arguments.Check(result, Identifiers.IsContextName, "is no name for a context"));
        var current = new Option<bool>("--set-current") { Description = "Make it the current context; else that stays as it is." };
        var command = new Command("use", "Add a context for a grant to the kubeconfig.") { grant, file, name, current };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var view = await invocation.Gateway.GrantAsync(parsed.GetRequiredValue(grant), cancellation);
            var choice = new KubeconfigChoice(parsed.GetValue(file), parsed.GetValue(name), parsed.GetValue(current));
            await UseAsync(invocation, view, choice, cancellation);
        });
        return command;
    }

    /// <summary>The first credential tells the API server's address and CA, so it is fetched, and cached, here.</summary>
    public static async Task UseAsync(Invocation invocation, GrantView grant, KubeconfigChoice choice, CancellationToken cancellation)
    {
        var facts = GrantCredentials.ReadFacts(await invocation.Credentials.GetAsync(grant.Id, replaceKey: true, cancellation));
        var entry = KubeconfigEntry.For(grant, facts, choice.ContextName);
        var kubectl = new KubectlConfig(invocation.Environment, choice.File);
        await kubectl.AddAsync(entry, choice.SetCurrent, cancellation);
        invocation.Say(choice.SetCurrent
            ? $"Context {entry.ContextName} is now the current one."
            : $"Context {entry.ContextName} added; use it with: kubectl --context {entry.ContextName} get pods");
    }
}
