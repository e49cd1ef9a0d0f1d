namespace AccessGateway.Clusters;

/// <summary>What posture checks need of a cluster's workloads, and nothing else: no value that could be a secret is kept.</summary>
internal sealed record WorkloadState(DateTimeOffset ReadAt, Seen<WorkloadPod> Pods, Seen<SuspectKey> ConfigMaps, Seen<TokenSecret> ServiceAccounts);

/// <summary>What was seen of one kind of object.</summary>
/// <param name="Looked">How many objects were looked at.</param>
/// <param name="More">Whether there are more, which were not.</param>
/// <param name="Problem">Why nothing could be seen; null where it could.</param>
internal sealed record Seen<T>(IReadOnlyList<T> Items, int Looked, bool More, string? Problem)
{
    public static Seen<T> Not(string problem) => new([], 0, More: false, problem);
}

/// <param name="Owner">What keeps the pod running, as kind and name, so that its thousand copies are one; else the pod itself.</param>
/// <param name="ApiServer">The flags that are looked at, by name, where it is an API server; null otherwise.</param>
internal sealed record WorkloadPod(string Namespace, string Owner, IReadOnlyList<WorkloadContainer> Containers, IReadOnlyDictionary<string, string>? ApiServer);

/// <param name="Mounted">Names of Secrets in its volumes.</param>
/// <param name="InEnvironment">Names of Secrets in its environment.</param>
/// <param name="Tokens">Of the Secrets in its volumes, those where a token of the ServiceAccount belongs.</param>
/// <param name="Literals">Variables whose value, written out, looks like a secret.</param>
internal sealed record WorkloadContainer(
    string Name, IReadOnlyList<string> Mounted, IReadOnlyList<string> InEnvironment, IReadOnlyList<string> Tokens, IReadOnlyList<(string Variable, string Kind)> Literals);

/// <summary>A key of a ConfigMap whose value looks like a secret.</summary>
internal sealed record SuspectKey(string Namespace, string ConfigMap, string Key, string Kind);

/// <summary>A Secret that a ServiceAccount names as its token.</summary>
internal sealed record TokenSecret(string Namespace, string ServiceAccount, string Secret);
