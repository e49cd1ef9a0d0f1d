namespace AccessGateway.Clusters;

using System.Text;
using System.Text.RegularExpressions;
using k8s.Models;

/// <summary>From the API's objects to what posture checks need of them. Pure.</summary>
internal static partial class WorkloadObjects
{
    private const string TokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string ApiServer = "kube-apiserver";

    /// <summary>Flags of the API server that checks look at. Others are not taken along: one could hold anything.</summary>
    private static readonly string[] Flags =
    [
        "encryption-provider-config", "etcd-servers", "etcd-cafile", "etcd-certfile", "etcd-keyfile", "anonymous-auth", "token-auth-file", "basic-auth-file", "authorization-mode", "authorization-config",
        "insecure-port",
    ];

    public static WorkloadPod Of(V1Pod pod)
    {
        var volumes = (pod.Spec?.Volumes ?? []).ToLookup(volume => volume.Name, SecretsOf, StringComparer.Ordinal);
        var containers = (pod.Spec?.InitContainers ?? []).Concat(pod.Spec?.Containers ?? []).ToList();
        return new WorkloadPod(pod.Metadata.NamespaceProperty, OwnerOf(pod), [.. containers.Select(container => Of(container, volumes))], FlagsOf(pod, containers));
    }

    public static IEnumerable<SuspectKey> SuspectsOf(V1ConfigMap map) => (map.Data ?? new Dictionary<string, string>())
        .Concat((map.BinaryData ?? new Dictionary<string, byte[]>()).Select(pair => KeyValuePair.Create(pair.Key, Encoding.UTF8.GetString(pair.Value ?? []))))
        .Select(pair => (pair.Key, Kind: SecretLooks.KindOf(pair.Key, pair.Value ?? "")))
        .Where(pair => pair.Kind is not null)
        .Select(pair => new SuspectKey(map.Metadata.NamespaceProperty, map.Metadata.Name, pair.Key, pair.Kind!));

    /// <summary>Before Kubernetes 1.24 each got one by itself. Other Secrets stand there too, such as those for pulling images.</summary>
    public static IEnumerable<TokenSecret> TokensOf(V1ServiceAccount account) => (account.Secrets ?? [])
        .Where(secret => secret.Name?.StartsWith($"{account.Metadata.Name}-token", StringComparison.Ordinal) == true)
        .Select(secret => new TokenSecret(account.Metadata.NamespaceProperty, account.Metadata.Name, secret.Name));

    private static WorkloadContainer Of(V1Container container, ILookup<string, IReadOnlyList<string>> volumes)
    {
        var mounts = container.VolumeMounts ?? [];
        var environment = container.Env ?? [];
        return new WorkloadContainer(
            container.Name,
            Names(mounts.Where(mount => mount.MountPath != TokenPath).SelectMany(mount => volumes[mount.Name]).SelectMany(names => names)),
            Names(environment.Select(variable => variable.ValueFrom?.SecretKeyRef?.Name).Concat((container.EnvFrom ?? []).Select(from => from.SecretRef?.Name))),
            Names(mounts.Where(mount => mount.MountPath == TokenPath).SelectMany(mount => volumes[mount.Name]).SelectMany(names => names)),
            [.. environment.Select(variable => (variable.Name, Kind: SecretLooks.KindOf(variable.Name, variable.Value ?? ""))).Where(pair => pair.Kind is not null).Select(pair => (pair.Name, pair.Kind!))]);
    }

    private static IReadOnlyList<string> SecretsOf(V1Volume volume) =>
        Names([volume.Secret?.SecretName, volume.Csi?.NodePublishSecretRef?.Name, .. (volume.Projected?.Sources ?? []).Select(source => source.Secret?.Name)]);

    private static List<string> Names(IEnumerable<string?> names) => [.. names.OfType<string>().Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)];

    private static string OwnerOf(V1Pod pod) => pod.Metadata.OwnerReferences is [{ } owner, ..]
        ? owner.Kind == "ReplicaSet" && TemplateHash().Match(owner.Name) is { Success: true } hash ? $"Deployment {owner.Name[..hash.Index]}" : $"{owner.Kind} {owner.Name}"
        : $"Pod {pod.Metadata.Name}";

    private static Dictionary<string, string>? FlagsOf(V1Pod pod, List<V1Container> containers)
    {
        if (pod.Metadata.NamespaceProperty != "kube-system" || containers.Find(container => container.Name == ApiServer) is not { } server)
            return null;
        var flags = new Dictionary<string, string>(StringComparer.Ordinal);
        var words = (server.Command ?? []).Concat(server.Args ?? []).ToList();
        for (var at = 0; at < words.Count; at++)
        {
            var parts = words[at].TrimStart('-').Split('=', 2);
            if (words[at].StartsWith('-') && Flags.Contains(parts[0]))
                flags[parts[0]] = parts.Length == 2 ? parts[1] : at + 1 < words.Count && !words[at + 1].StartsWith('-') ? words[at + 1] : "true";
        }

        return flags;
    }

    /// <summary>What a Deployment adds to its name for a ReplicaSet.</summary>
    [GeneratedRegex(@"-[bcdfghjklmnpqrstvwxz2456789]{6,10}$")]
    private static partial Regex TemplateHash();
}
