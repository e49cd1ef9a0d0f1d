namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The CAs that the gateway signs with. Works before the cluster is registered: it must trust the CA first.</summary>
internal static class CaCommand
{
    private static readonly Argument<string> Cluster = new("cluster") { Description = "The cluster's name." };
    private static readonly Option<string?> Pkcs11 = new("--pkcs11") { Description = "Makes a certificate for a key that is in a token, by its address (RFC 7512): pkcs11:token=…;object=…?module-path=…&pin-source=…" };
    private static readonly Option<bool> Activate = new("--activate") { Description = "Lets the next CA sign, once the API server accepts its leaves." };
    private static readonly Option<bool> Finish = new("--finish") { Description = "Deletes the CA of before, once its last leaf has ended." };
    private static readonly Option<bool> Abandon = new("--abandon") { Description = "Deletes the next CA, which has signed nothing." };
    private static readonly Option<bool> Unchecked = new("--unchecked") { Description = "With --activate: without asking the API server whether it trusts the next CA." };

    public static Command Create()
    {
        var init = new Command("init", "Makes a cluster's CA, if it has none, and prints its certificate in PEM.") { Cluster, Pkcs11 };
        init.SetAction(InitAsync);
        var show = new Command("show", "Prints the certificates that the cluster's API server must trust, in PEM; with -o json, what there is to know of each.") { Cluster };
        show.SetAction(ShowAsync);
        var rotate = new Command("rotate", "Replaces a cluster's CA step by step: makes the next one, then --activate, then --finish.") { Cluster, Activate, Unchecked, Finish, Abandon };
        rotate.Validators.Add(result =>
        {
            if (new[] { Activate, Finish, Abandon }.Count(result.GetValue) > 1)
                result.AddError("Give one of --activate, --finish and --abandon.");
            if (result.GetValue(Unchecked) && !result.GetValue(Activate))
                result.AddError("--unchecked goes with --activate.");
        });
        rotate.SetAction(RotateAsync);
        return new Command("ca", "The CAs of clusters with the signers localCa and pkcs11.") { init, show, rotate };
    }

    private static async Task<int> InitAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var cluster = parsed.GetRequiredValue(Cluster);
        if (Names.LabelProblem(cluster) is { } problem)
            return await CommandRunner.RefuseAsync(problem);
        if (parsed.GetValue(Pkcs11) is { } address)
            return await InitInTokenAsync(cluster, address);
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        Console.Write(await gateway.Services.GetRequiredService<TrustAnchors>().InitAsync(AuditEvents.Console, cluster, cancellationToken));
        return 0;
    }

    private static async Task<int> InitInTokenAsync(string cluster, string address)
    {
        var (key, problem) = Pkcs11Address.Read(address);
        if (key is null)
            return await CommandRunner.RefuseAsync($"--pkcs11: {problem}");
        Console.Write(Pkcs11Signer.CertificateFor(key, $"access-gateway {cluster}", TimeProvider.System.GetUtcNow(), TrustAnchors.Lifetime));
        return 0;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var cluster = parsed.GetRequiredValue(Cluster);
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var all = await gateway.Services.GetRequiredService<TrustAnchors>().ListAsync(cluster, cancellationToken);
        var documents = DocumentFolder.Read(ConfigCommand.FolderOf(parsed)).Documents;
        var now = TimeProvider.System.GetUtcNow();
        foreach (var warning in Ends(all, documents, cluster).Select(end => end.Warning(now)).OfType<string>())
            await Console.Error.WriteLineAsync($"warning: {warning}");
        if (parsed.GetValue(CommonOptions.Output) == "json")
            Console.WriteLine(JsonSerializer.Serialize(all.Select(anchor => new { anchor.Id, state = JsonNamingPolicy.CamelCase.ConvertName(anchor.State.ToString()), anchor.CreatedAt, anchor.NotAfter, anchor.ReplacedAt, daysLeft = (int)(anchor.NotAfter - now).TotalDays, certificate = anchor.CertificatePem }), JsonSerializerOptions.Web));
        else if (documents?.Cluster(cluster)?.Signer is SignerDefinition.LocalCa { CertificatePem: { } imported })
            Console.Write(imported);
        else if (documents?.Cluster(cluster)?.Signer is SignerDefinition.Pkcs11 { CertificatePem: var inToken })
            Console.Write(inToken);
        else if (all.Count == 0)
            return await CommandRunner.RefuseAsync($"There is no CA for cluster '{cluster}'; make one with: access-gateway ca init {cluster}");
        else
            Console.Write(Bundle(all));
        return 0;
    }

    /// <summary>Without a document of the cluster nothing is known of its policies, and the CA's own end alone counts.</summary>
    private static IEnumerable<CaEnd> Ends(IReadOnlyList<TrustAnchor> all, GatewayDocuments? documents, string cluster) => documents?.Cluster(cluster) switch
    {
        { Signer: SignerDefinition.LocalCa { CertificatePem: not null } or SignerDefinition.Pkcs11 } => CaEnds.OfDocuments(documents).Where(end => end.Cluster == cluster),
        var registered => all.Select(anchor => new CaEnd(cluster, TrustAnchorStates.Of(anchor.State), anchor.NotAfter, registered is null ? TimeSpan.Zero : CaEnds.Longest(documents!, registered))),
    };

    private static async Task<int> RotateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var cluster = parsed.GetRequiredValue(Cluster);
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var rotation = gateway.Services.GetRequiredService<TrustAnchorRotation>();
        var (outcome, then) = await StepAsync(parsed, rotation, cluster, cancellationToken);
        if (!outcome.Is(out var anchor, out var refusal))
            return await CommandRunner.RefuseAsync(refusal.Detail);
        await Console.Error.WriteLineAsync(string.Format(CultureInfo.InvariantCulture, then, anchor.Id, cluster));
        return await ShowAsync(parsed, cancellationToken);
    }

    /// <summary>What is done, and what the operator does next.</summary>
    private static async Task<(Outcome<TrustAnchor> Outcome, string Then)> StepAsync(ParseResult parsed, TrustAnchorRotation rotation, string cluster, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Activate))
            return (await rotation.ActivateAsync(AuditEvents.Console, cluster, parsed.GetValue(Unchecked), cancellationToken), "{0} signs from now on. When the last leaf of the one before has ended: access-gateway ca rotate {1} --finish");
        if (parsed.GetValue(Finish))
            return (await rotation.FinishAsync(AuditEvents.Console, cluster, cancellationToken), "{0} is deleted with its key. Take it out of the file that --client-ca-file names: the certificate below remains.");
        if (parsed.GetValue(Abandon))
            return (await rotation.AbandonAsync(AuditEvents.Console, cluster, cancellationToken), "{0} is deleted; it has signed nothing.");
        return (await rotation.BeginAsync(AuditEvents.Console, cluster, cancellationToken), "{0} is the next CA. Let every API server trust the certificates below (--client-ca-file; it is read again by itself), then: access-gateway ca rotate {1} --activate");
    }

    private static string Bundle(IReadOnlyList<TrustAnchor> all) => string.Concat(all.Select(anchor => anchor.CertificatePem));
}
