namespace AccessGateway.Documents;

using System.Security.Cryptography;
using System.Text;
using AccessGateway.Clusters;
using AccessGateway.Policy;
using AccessGateway.Schedules;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

/// <summary>The configuration: every document of a folder, read whole or not at all.</summary>
/// <param name="Digest">SHA-256 over the files' names and contents, in hex: which configuration a decision was made under.</param>
internal sealed record GatewayDocuments(IReadOnlyList<ClusterDefinition> Clusters, IReadOnlyList<AccessPolicy> Policies, string Digest)
{
    private const int MaxFileSize = 1 << 20;

    public IReadOnlyList<Schedule> Schedules { get; init; } = [];

    public ClusterDefinition? Cluster(string name) => Clusters.FirstOrDefault(cluster => cluster.Name == name);

    /// <summary>Reads every <c>*.yaml</c> and <c>*.yml</c> directly in the folder.</summary>
    /// <exception cref="DocumentException">With every error found.</exception>
    public static GatewayDocuments Load(string folder)
    {
        var errors = new List<DocumentError>();
        var clusters = new List<ClusterDefinition>();
        var policies = new List<AccessPolicy>();
        var schedules = new List<Schedule>();
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (!Directory.Exists(folder))
            throw new DocumentException([new DocumentError(folder, 1, 1, "The configuration folder does not exist.")]);

        foreach (var file in Directory.EnumerateFiles(folder).Where(IsDocument).Order(StringComparer.Ordinal))
        {
            var text = File.ReadAllText(file);
            digest.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(file)}\0{text}\0"));
            foreach (var root in Parse(file, text, errors))
                ReadDocument(root, clusters, policies, schedules);
        }

        errors.AddRange(ScheduleDocument.MissingIn(policies, schedules, folder));
        return errors.Count == 0
            ? new GatewayDocuments(clusters, policies, Convert.ToHexStringLower(digest.GetHashAndReset())) { Schedules = schedules }
            : throw new DocumentException(errors);
    }

    private static bool IsDocument(string file) => Path.GetExtension(file) is ".yaml" or ".yml";

    private static List<MappingReader> Parse(string file, string text, List<DocumentError> errors)
    {
        if (text.Length > MaxFileSize)
        {
            errors.Add(new DocumentError(file, 1, 1, "The file is larger than 1 MiB."));
            return [];
        }

        try
        {
            RefuseAliasesAndTags(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            var roots = new List<MappingReader>();
            foreach (var root in stream.Documents.Select(document => document.RootNode))
            {
                if (root is YamlMappingNode mapping)
                    roots.Add(new MappingReader(mapping, file, errors));
                else if (root is not YamlScalarNode { Value: "" or null })
                    errors.Add(new DocumentError(file, root.Start.Line, root.Start.Column, "A document must be a mapping."));
            }

            return roots;
        }
        catch (YamlException e)
        {
            errors.Add(new DocumentError(file, e.Start.Line, e.Start.Column, e.InnerException?.Message ?? e.Message));
            return [];
        }
    }

    /// <summary>Aliases can blow a small file up, tags can name types; no document needs either.</summary>
    private static void RefuseAliasesAndTags(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            switch (parser.Current)
            {
                case AnchorAlias:
                case NodeEvent { Anchor.IsEmpty: false }:
                    throw new YamlException(parser.Current.Start, parser.Current.End, "Anchors and aliases are not allowed.");
                case NodeEvent { Tag.IsEmpty: false }:
                    throw new YamlException(parser.Current.Start, parser.Current.End, "Tags are not allowed.");
                case not null when depth > 32:
                    throw new YamlException(parser.Current.Start, parser.Current.End, "Nested too deep.");
                default:
                    break;
            }
        }
    }

    private static void ReadDocument(MappingReader document, List<ClusterDefinition> clusters, List<AccessPolicy> policies, List<Schedule> schedules)
    {
        if (document.Text("apiVersion", required: true) is not ("access-gateway/v1" or ""))
            document.Error("apiVersion must be access-gateway/v1.", "apiVersion");
        var kind = document.Text("kind", required: true);
        var metadata = document.Mapping("metadata", required: true);
        var name = metadata.Text("name", Names.LabelProblem, required: true);
        var spec = document.Mapping("spec", required: true);
        switch (kind)
        {
            case "Cluster":
                if (clusters.Exists(cluster => cluster.Name == name))
                    metadata.Error($"There are two clusters '{name}'.", "name");
                clusters.Add(ClusterDocument.Read(name, metadata, spec));
                break;
            case "AccessPolicy":
                if (policies.Exists(policy => policy.Name == name))
                    metadata.Error($"There are two policies '{name}'.", "name");
                policies.Add(AccessPolicyDocument.Read(name, spec));
                break;
            case "Schedule":
                if (schedules.Exists(schedule => schedule.Name == name))
                    metadata.Error($"There are two schedules '{name}'.", "name");
                schedules.Add(ScheduleDocument.Read(name, spec));
                break;
            default:
                document.Error("kind must be Cluster, AccessPolicy or Schedule.", "kind");
                return;
        }

        spec.Finish();
        metadata.Finish();
        document.Finish();
    }
}
