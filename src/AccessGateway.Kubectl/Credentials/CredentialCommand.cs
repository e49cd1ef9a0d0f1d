namespace AccessGateway.Kubectl.Credentials;

using System.CommandLine;
using System.Text;
using AccessGateway.Kubectl.CommandLine;

/// <summary><c>credential --grant GR</c>, as kubectl calls it. Cache hits never come here: <see cref="FastPath"/>.</summary>
internal static class CredentialCommand
{
    public static Command Create(CommandHost host)
    {
        var grant = new Option<string>("--grant") { Description = "The grant's id: gr-…", HelpName = "GRANT", Required = true };
        grant.Validators.Add(result => Arguments.Check(result, Identifiers.IsGrant, "is no grant's id (gr-…)"));
        var replaceKey = new Option<bool>("--replace-key") { Description = "Use the grant from here, where it was used from another computer; needs fresh MFA." };
        var command = new Command("credential", "Print a grant's credential for kubectl (client.authentication.k8s.io).") { grant, replaceKey };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var credential = await invocation.Credentials.GetAsync(parsed.GetRequiredValue(grant), parsed.GetValue(replaceKey), cancellation);
            var environment = invocation.Environment;
            var answer = ExecCredentialJson.InAskedVersion(credential.ExecCredential, environment.Variable);
            await environment.Out.WriteLineAsync(Encoding.UTF8.GetString(answer.Span));
            await environment.Out.FlushAsync(cancellation);
        });
        return command;
    }
}
