namespace AccessGateway.Posture;

using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>What a review of how a cluster keeps its Secrets looks at, beside who may read them. Pure.</summary>
internal static class Hardening
{
    /// <summary>Of what one check found; the rest is counted.</summary>
    public const int MaxItems = 200;

    /// <param name="state">Null where the cluster's document does not ask for a look at its workloads.</param>
    public static IReadOnlyList<HardeningCheckView> Of(WorkloadState? state) =>
        [.. ApiServerChecks.Of(state?.Pods), .. InPods(state), InConfigMaps(state?.ConfigMaps), Tokens(state)];

    /// <summary>From what was seen to how the check came out.</summary>
    public static HardeningCheckView Check<T>(Seen<T>? seen, string code, string title, RiskLevel risk, string found, IEnumerable<HardeningItemView> items)
    {
        if (seen is null)
            return new HardeningCheckView(code, title, CheckState.NotLookedAt, RiskLevel.Low, "Not looked at: the cluster's document does not say spec.posture.workloads.", [], 0);
        if (seen.Problem is { } problem)
            return new HardeningCheckView(code, title, CheckState.Unknown, RiskLevel.Low, problem, [], 0);
        var all = items.OrderBy(item => item.Namespace, StringComparer.Ordinal).ThenBy(item => item.Source, StringComparer.Ordinal).ThenBy(item => item.Words, StringComparer.Ordinal).ToList();
        var rest = seen.More ? $" There are more than the {seen.Looked} that were looked at." : "";
        return all.Count > 0
            ? new HardeningCheckView(code, title, CheckState.Found, risk, found + rest, [.. all.Take(MaxItems)], all.Count)
            : new HardeningCheckView(code, title, seen.More ? CheckState.Unknown : CheckState.Passed, RiskLevel.Low, $"None, in {seen.Looked} that were looked at.{rest}", [], 0);
    }

    private static IEnumerable<HardeningCheckView> InPods(WorkloadState? state)
    {
        var pods = state?.Pods;
        // A thousand copies of a pod are one finding.
        var each = (pods?.Items ?? []).GroupBy(pod => (pod.Namespace, pod.Owner)).Select(same => same.First()).ToList();
        yield return Check(
            pods, "shared-secrets", "Secrets shared by containers", RiskLevel.Medium, "Several containers of a pod have the same Secret: whoever gets into one of them has it too.",
            each.SelectMany(Shared));
        yield return Check(
            pods, "literals-in-environment", "Secrets written into pods", RiskLevel.High, "Values that look like secrets are written into pods, where whoever reads pods reads them.",
            each.SelectMany(pod => pod.Containers.SelectMany(container => container.Literals.Select(literal => Item(pod, $"variable {literal.Variable} of container {container.Name}: {literal.Kind}")))));
        yield return Check(
            pods, "secrets-in-environment", "Secrets in the environment", RiskLevel.Low, "Secrets in the environment are handed to every child process and end up in crash reports; files do not.",
            each.SelectMany(pod => pod.Containers.Where(container => container.InEnvironment.Count > 0).Select(container => Item(pod, $"container {container.Name}: {string.Join(", ", container.InEnvironment)}"))));
    }

    private static IEnumerable<HardeningItemView> Shared(WorkloadPod pod) => pod.Containers
        .SelectMany(container => container.Mounted.Concat(container.InEnvironment).Distinct(StringComparer.Ordinal).Select(secret => (secret, container.Name)))
        .GroupBy(use => use.secret, use => use.Name, StringComparer.Ordinal)
        .Where(uses => uses.Count() > 1)
        .Select(uses => Item(pod, $"Secret {uses.Key}: containers {string.Join(", ", uses)}"));

    private static HardeningCheckView InConfigMaps(Seen<SuspectKey>? maps) => Check(
        maps, "secrets-in-configmaps", "Secrets in ConfigMaps", RiskLevel.High, "Values that look like secrets stand in ConfigMaps: they are not encrypted at rest, and more people read them.",
        (maps?.Items ?? []).Select(key => new HardeningItemView(key.Namespace, $"ConfigMap {key.ConfigMap}", $"key {key.Key}: {key.Kind}")));

    /// <summary>Only what ServiceAccounts name and pods mount: the gateway may not read Secrets, not even their names, and so never
    /// says that there are none.</summary>
    private static HardeningCheckView Tokens(WorkloadState? state)
    {
        var named = (state?.ServiceAccounts.Items ?? []).GroupBy(token => token.Namespace).Select(place => new HardeningItemView(
            place.Key, place.Count() == 1 ? $"ServiceAccount {place.First().ServiceAccount}" : $"{place.Count()} ServiceAccounts", Listed([.. place.Select(token => token.Secret)])));
        var mounted = (state?.Pods.Items ?? []).GroupBy(pod => (pod.Namespace, pod.Owner)).Select(same => same.First())
            .Select(pod => (pod, Tokens: pod.Containers.SelectMany(container => container.Tokens).Distinct(StringComparer.Ordinal).ToList())).Where(use => use.Tokens.Count > 0)
            .Select(use => Item(use.pod, $"mounts {Listed(use.Tokens)}"));
        var check = Check(
            state?.ServiceAccounts, "long-lived-tokens", "Long-lived tokens of ServiceAccounts", RiskLevel.Medium,
            "Such a token never ends, and whoever reads the Secret is the ServiceAccount. TokenRequest makes tokens that end.", named.Concat(mounted));
        return check.State == CheckState.Passed
            ? check with { State = CheckState.Unknown, Words = "No ServiceAccount names one. Others cannot be seen without the right to read Secrets, which the gateway never has." }
            : check;
    }

    private static string Listed(List<string> names)
    {
        const int most = 5;
        return string.Join(", ", names.Take(most)) + (names.Count > most ? $" and {names.Count - most} more" : "");
    }

    private static HardeningItemView Item(WorkloadPod pod, string words) => new(pod.Namespace, pod.Owner, words);
}
