namespace AccessGateway.Kubectl.Login;

using System.CommandLine;
using System.CommandLine.Parsing;

/// <summary>The options of <c>login</c> that are for machines.</summary>
internal sealed class MachineOptions
{
    private readonly Option<string?> _token = new("--service-account-token")
    {
        Description = $"As a Kubernetes ServiceAccount, with this projected token ({MachineProof.UsualTokenFile}); needs --cluster.",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _cluster = new("--cluster") { Description = "The registered cluster whose ServiceAccount it is.", HelpName = "NAME" };
    private readonly Option<string?> _client = new("--client") { Description = "As a registered machine client; needs --key.", HelpName = "ID" };
    private readonly Option<string?> _key = new("--key") { Description = "The client's private key in PEM.", HelpName = "FILE" };
    private readonly Option<string?> _audience = new("--audience") { Description = "With --client: the gateway's public address, where --server is another one.", HelpName = "URL" };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _token, _cluster, _client, _key, _audience })
            command.Options.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>Null where a person signs in.</summary>
    public MachineProof? Read(ParseResult parsed)
    {
        if (parsed.GetResult(_token) is not null)
            return new MachineProof(TokenFile: Path.GetFullPath(parsed.GetValue(_token) ?? MachineProof.UsualTokenFile), Cluster: parsed.GetValue(_cluster));
        return parsed.GetValue(_client) is { } client
            ? new MachineProof(ClientId: client, KeyFile: Path.GetFullPath(parsed.GetValue(_key)!), Audience: parsed.GetValue(_audience)?.TrimEnd('/'))
            : null;
    }

    private void Check(CommandResult result)
    {
        var (token, cluster, client, key) = (result.GetResult(_token), result.GetValue(_cluster), result.GetValue(_client), result.GetValue(_key));
        if (token is not null && client is not null)
            result.AddError("give either --service-account-token or --client");
        if (token is null == cluster is not null)
            result.AddError("--service-account-token and --cluster go together");
        if (client is null == key is not null)
            result.AddError("--client and --key go together");
        if (cluster is not null && !Identifiers.IsDnsLabel(cluster))
            result.AddError($"'{cluster}' is no cluster's name");
    }
}
