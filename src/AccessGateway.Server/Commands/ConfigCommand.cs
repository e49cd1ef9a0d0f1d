namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Server.Hosting;

/// <summary>Looks at configuration documents without starting anything.</summary>
internal static class ConfigCommand
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Argument<string?> Folder = new("dir") { Description = "The folder; the configured one where missing.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create()
    {
        var check = new Command("check", "Checks the documents of a folder; lists every error with file, line and column.") { Folder };
        check.SetAction(Check);
        var schema = new Command("schema", "Prints the JSON Schema of the documents, for editors.");
        schema.SetAction(_ => Console.WriteLine(DocumentSchema.Create().ToJsonString(Json)));
        return new Command("config", "Configuration documents.") { check, ExplainCommand.Create(), RbacCommand.Create(), ReaperCommand.Create(), schema };
    }

    /// <summary>What configures the gateway of a cluster. Null where the documents cannot be used, or name no such cluster, which is said then.</summary>
    public static async Task<(GatewayDocuments Documents, ClusterDefinition Cluster)?> FindClusterAsync(ParseResult parsed, string name)
    {
        var read = DocumentFolder.Read(FolderOf(parsed));
        foreach (var error in read.Documents is null ? read.Errors : [])
            await Console.Error.WriteLineAsync($"error: {error}");
        if (read.Documents is not { } documents)
            return null;
        if (documents.Cluster(name) is { } cluster)
            return (documents, cluster);
        await CommandRunner.RefuseAsync($"No cluster '{name}' is registered; there are: {string.Join(", ", documents.Clusters.Select(known => known.Name))}.");
        return null;
    }

    public static string GatewayNameOf(ParseResult parsed) => GatewayHost.Settings(CommonOptions.Settings(parsed))["Gateway:Name"] ?? new GatewayOptions().Name;

    public static string FolderOf(ParseResult parsed) => GatewayHost.Settings(CommonOptions.Settings(parsed))["Gateway:Config"] ?? new GatewayOptions().Config;

    private static int Check(ParseResult parsed)
    {
        var folder = parsed.GetValue(Folder) ?? FolderOf(parsed);
        var read = DocumentFolder.Read(folder);
        IReadOnlyList<string> authorities = read.Documents is { } usable ? [.. CaEnds.Warnings(usable, TimeProvider.System.GetUtcNow())] : [];
        if (parsed.GetValue(CommonOptions.Output) == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { folder, read.Digest, Usable = read.Documents is not null, Clusters = read.Documents?.Clusters.Count, Policies = read.Documents?.Policies.Count, Notifiers = read.Documents?.Notifiers.Count, read.Errors, read.Warnings, Authorities = authorities }, Json));
        }
        else
        {
            foreach (var error in read.Errors)
                Console.Error.WriteLine($"error: {error}");
            foreach (var warning in read.Warnings)
                Console.Error.WriteLine($"warning: {warning}");
            foreach (var warning in authorities)
                Console.Error.WriteLine($"warning: {warning}");
            if (read.Documents is { } documents)
                Console.WriteLine($"{folder}: {documents.Clusters.Count} clusters, {documents.Policies.Count} policies, {documents.Notifiers.Count} notifiers, digest {documents.Digest[..12]}");
        }

        return read.Documents is null ? CommandRunner.Refused : 0;
    }
}
