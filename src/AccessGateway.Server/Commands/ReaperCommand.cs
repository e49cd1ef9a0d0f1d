namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Clusters;
using AccessGateway.Documents;

/// <summary>The reaper of a cluster, made from the documents.</summary>
internal static class ReaperCommand
{
    private static readonly Argument<string> Cluster = new("cluster") { Description = "The cluster's name." };

    private static readonly Option<string> Namespace = new("--namespace") { Description = "Where the reaper runs.", DefaultValueFactory = _ => "access-gateway" };

    private static readonly Option<string> Image = new("--image") { Description = "The reaper's image; deploy/reaper/image.sh builds it.", DefaultValueFactory = _ => ReaperManifest.ExampleImage };

    private static readonly Option<bool> Admission = new("--admission-policy") { Description = "Adds a ValidatingAdmissionPolicy that limits what the reaper deletes; for Kubernetes 1.30 and later." };

    public static Command Create()
    {
        Namespace.Validators.Add(result =>
        {
            if (Names.LabelProblem(result.GetValueOrDefault<string>() ?? "") is not null)
                result.AddError("--namespace must be the name of a namespace.");
        });
        Image.Validators.Add(result =>
        {
            var image = result.GetValueOrDefault<string>() ?? "";
            if (image.Length is 0 or > 500 || !image.All(character => char.IsAsciiLetterOrDigit(character) || "./:@_-".Contains(character, StringComparison.Ordinal)))
                result.AddError("--image must be the name of an image.");
        });
        var reaper = new Command("reaper", "Prints a CronJob that removes the bindings of ended grants while the gateway is dead: pipe it into kubectl apply -f -.") { Cluster, Namespace, Image, Admission };
        reaper.SetAction(RunAsync);
        return reaper;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (await ConfigCommand.FindClusterAsync(parsed, parsed.GetRequiredValue(Cluster)) is not var (documents, cluster))
            return CommandRunner.Refused;
        Console.Write(ReaperManifest.Write(
            parsed.GetRequiredValue(Namespace), ConfigCommand.GatewayNameOf(parsed), parsed.GetRequiredValue(Image), documents.OfferOwnRules(cluster), parsed.GetValue(Admission)));
        return 0;
    }
}
