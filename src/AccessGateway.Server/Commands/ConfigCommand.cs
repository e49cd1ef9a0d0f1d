namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Documents;
using AccessGateway.Server.Hosting;

/// <summary>Checks configuration documents without starting anything.</summary>
internal static class ConfigCommand
{
    private static readonly Argument<string?> Folder = new("dir") { Description = "The folder; the configured one where missing.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create()
    {
        var check = new Command("check", "Checks the documents of a folder; lists every error with file, line and column.") { Folder };
        check.SetAction(Check);
        return new Command("config", "Configuration documents.") { check };
    }

    private static int Check(ParseResult parsed)
    {
        var folder = parsed.GetValue(Folder) ?? GatewayHost.Settings(CommonOptions.Settings(parsed))["Gateway:Config"] ?? new GatewayOptions().Config;
        var documents = GatewayDocuments.Load(folder);
        Console.WriteLine($"{folder}: {documents.Clusters.Count} clusters, {documents.Policies.Count} policies, {documents.Notifiers.Count} notifiers, digest {documents.Digest[..12]}");
        return 0;
    }
}
