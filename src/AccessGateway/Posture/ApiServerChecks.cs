namespace AccessGateway.Posture;

using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>What the flags of the API server tell, where its pod can be seen: a managed cluster shows none, and then nothing is known.
/// Of several API servers the worst counts. Pure.</summary>
internal static class ApiServerChecks
{
    private const string Object = "API server";

    public static IEnumerable<HardeningCheckView> Of(Seen<WorkloadPod>? pods)
    {
        var servers = pods is null ? null : new Seen<WorkloadPod>([.. pods.Items.Where(pod => pod.ApiServer is not null)], pods.Looked, More: false, pods.Problem);
        yield return Check("encryption-at-rest", "Encryption at rest", RiskLevel.High, "Secrets lie in etcd as they are.", Encryption, servers,
            "An encryption configuration is given; whether it begins with a provider that encrypts cannot be seen from here.");
        yield return Check("etcd-tls", "TLS between the API server and etcd", RiskLevel.Critical, "What lies in etcd, Secrets too, can be read or changed on the way.", Etcd, servers, "TLS, with certificates on both sides.");
        yield return Check("api-server-sign-in", "Sign-in to the API server", RiskLevel.Critical, "Who gets in needs no more than what is said here.", SignIn, servers,
            "No static tokens or passwords, no port without TLS, and every request is authorized.");
        yield return Check("anonymous", "Anonymous requests", RiskLevel.Low, "Whoever reaches the API server may ask it as system:anonymous; what that may do, its bindings say.", Anonymous, servers, "--anonymous-auth=false.");
    }

    private static HardeningCheckView Check(
        string code, string title, RiskLevel risk, string found, Func<IReadOnlyDictionary<string, string>, IEnumerable<string>> problems, Seen<WorkloadPod>? servers, string passed)
    {
        if (servers is { Problem: null, Items.Count: 0 })
            return new HardeningCheckView(code, title, CheckState.Unknown, RiskLevel.Low, "No pod of the API server can be seen in kube-system; who runs it must say.", [], 0);
        var check = Hardening.Check(
            servers, code, title, risk, found, (servers?.Items ?? []).SelectMany(server => problems(server.ApiServer!).Select(words => new HardeningItemView(server.Namespace, $"{Object} {server.Owner}", words))));
        return check.State == CheckState.Passed ? check with { Words = passed } : check;
    }

    private static IEnumerable<string> Encryption(IReadOnlyDictionary<string, string> flags)
    {
        if (!flags.ContainsKey("encryption-provider-config"))
            yield return "--encryption-provider-config is not given";
    }

    private static IEnumerable<string> Etcd(IReadOnlyDictionary<string, string> flags)
    {
        var plain = flags.GetValueOrDefault("etcd-servers", "").Split(',').Count(server => !server.StartsWith("https://", StringComparison.Ordinal));
        if (plain > 0)
            yield return flags.ContainsKey("etcd-servers") ? $"{plain} of the addresses in --etcd-servers are not https" : "--etcd-servers is not given";
        foreach (var flag in new[] { "etcd-cafile", "etcd-certfile", "etcd-keyfile" })
        {
            if (!flags.ContainsKey(flag))
                yield return $"--{flag} is not given";
        }
    }

    private static IEnumerable<string> SignIn(IReadOnlyDictionary<string, string> flags)
    {
        if (flags.ContainsKey("token-auth-file"))
            yield return "--token-auth-file: tokens that never end";
        if (flags.ContainsKey("basic-auth-file"))
            yield return "--basic-auth-file: passwords without a second factor";
        if (flags.TryGetValue("insecure-port", out var port) && port != "0")
            yield return "--insecure-port: everything, without signing in";
        if (flags.GetValueOrDefault("authorization-mode") is var mode && (mode is null ? !flags.ContainsKey("authorization-config") : mode.Split(',').Contains("AlwaysAllow")))
            yield return mode is null ? "--authorization-mode is not given: everybody may do everything" : "--authorization-mode has AlwaysAllow: everybody may do everything";
    }

    private static IEnumerable<string> Anonymous(IReadOnlyDictionary<string, string> flags)
    {
        if (flags.GetValueOrDefault("anonymous-auth") != "false")
            yield return "--anonymous-auth is on, as it is by default";
    }
}
