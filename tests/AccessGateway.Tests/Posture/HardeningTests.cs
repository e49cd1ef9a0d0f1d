namespace AccessGateway.Tests.Posture;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Posture;
using k8s;
using k8s.Models;
using Xunit;

public sealed class HardeningTests
{
    private const string Good =
        "--encryption-provider-config=/etc/enc.yaml --etcd-servers=https://a:2379,https://b:2379 --etcd-cafile=/ca --etcd-certfile=/c --etcd-keyfile=/k --anonymous-auth=false --authorization-mode=Node,RBAC";

    [Theory]
    [InlineData("encryption-at-rest", Good, CheckState.Passed, null)]
    [InlineData("encryption-at-rest", "--etcd-servers=https://a", CheckState.Found, "--encryption-provider-config is not given")]
    [InlineData("etcd-tls", Good, CheckState.Passed, null)]
    [InlineData("etcd-tls", "--etcd-servers=https://a,http://b --etcd-cafile=/ca --etcd-certfile=/c --etcd-keyfile=/k", CheckState.Found, "1 of the addresses in --etcd-servers are not https")]
    [InlineData("etcd-tls", "--etcd-servers https://a --etcd-certfile=/c --etcd-keyfile=/k", CheckState.Found, "--etcd-cafile is not given")]
    [InlineData("api-server-sign-in", Good, CheckState.Passed, null)]
    [InlineData("api-server-sign-in", "--authorization-mode=RBAC --token-auth-file=/t", CheckState.Found, "--token-auth-file: tokens that never end")]
    [InlineData("api-server-sign-in", "--authorization-mode=RBAC --insecure-port=8080", CheckState.Found, "--insecure-port: everything, without signing in")]
    [InlineData("api-server-sign-in", "--authorization-mode=RBAC --insecure-port=0", CheckState.Passed, null)]
    [InlineData("api-server-sign-in", "--authorization-config=/a.yaml", CheckState.Passed, null)]
    [InlineData("api-server-sign-in", "--profiling=false", CheckState.Found, "--authorization-mode is not given: everybody may do everything")]
    [InlineData("api-server-sign-in", "--authorization-mode=RBAC,AlwaysAllow", CheckState.Found, "--authorization-mode has AlwaysAllow: everybody may do everything")]
    [InlineData("anonymous", Good, CheckState.Passed, null)]
    [InlineData("anonymous", "--authorization-mode=RBAC", CheckState.Found, "--anonymous-auth is on, as it is by default")]
    public void Of_ApiServersFlags_AsTheyAre(string code, string flags, CheckState state, string? words)
    {
        var check = Find(code, Pods(Pod("kube-system", "kube-apiserver-1", $$"""{"name":"kube-apiserver","command":["kube-apiserver",{{string.Join(',', flags.Split(' ').Select(flag => $"\"{flag}\""))}}]}""")));
        Assert.Equal(state, check.State);
        Assert.Equal(words, check.Items is [var first, ..] ? first.Words : null);
    }

    [Fact]
    public void Of_ApiServerNotSeen_Unknown()
    {
        // Anybody can name a container so, elsewhere.
        var state = Pods(Pod("shop", "kube-apiserver-1", """{"name":"kube-apiserver","command":["kube-apiserver"]}"""));
        Assert.All(new[] { "encryption-at-rest", "etcd-tls", "api-server-sign-in", "anonymous" }, code => Assert.Equal(CheckState.Unknown, Find(code, state).State));
    }

    [Fact]
    public void Of_TwoContainersOneSecret_FoundHoweverTheyHaveIt()
    {
        var state = Pods(
            Pod("shop", "web", """{"name":"app","volumeMounts":[{"name":"s","mountPath":"/s"}]}""", """{"name":"side","env":[{"name":"P","valueFrom":{"secretKeyRef":{"name":"db","key":"p"}}}]}"""),
            Pod("shop", "from", """{"name":"app","envFrom":[{"secretRef":{"name":"db"}}]}""", """{"name":"side","volumeMounts":[{"name":"p","mountPath":"/p"}]}"""),
            Pod("shop", "single", """{"name":"app","volumeMounts":[{"name":"s","mountPath":"/s"}]}""", """{"name":"side"}"""),
            Pod("shop", "token", """{"name":"app","volumeMounts":[{"name":"s","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}""", """{"name":"side","volumeMounts":[{"name":"s","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}"""));
        Assert.Equal(["Pod from: Secret db: containers app, side", "Pod web: Secret db: containers app, side"], Words(Find("shared-secrets", state)));
        Assert.Equal(["Pod from: container app: db", "Pod web: container side: db"], Words(Find("secrets-in-environment", state)));
        Assert.Contains("Pod token: mounts db", Words(Find("long-lived-tokens", state)));
    }

    [Fact]
    public void Of_LiteralSecret_NamedButNeverShown()
    {
        var check = Find("literals-in-environment", Pods(Pod("shop", "web", """{"name":"app","env":[{"name":"DB_PASSWORD","value":"hunter22"},{"name":"MODE","value":"fast"}]}""")));
        Assert.Equal(["Pod web: variable DB_PASSWORD of container app: a value under a name like a secret's"], Words(check));
        Assert.DoesNotContain("hunter22", check.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ManyCopies_OneFindingForWhatKeepsThem()
    {
        const string container = """{"name":"app","env":[{"name":"DB_PASSWORD","value":"hunter22"}]}""";
        var pods = Enumerable.Range(0, 50).Select(n => Pod("shop", $"web-6b7d4c5f9b-{n}", container, owner: ("ReplicaSet", "web-6b7d4c5f9b"))).Append(Pod("shop", "db-0", container, owner: ("StatefulSet", "db")));
        Assert.Equal(["Deployment web", "StatefulSet db"], Find("literals-in-environment", Pods([.. pods])).Items.Select(item => item.Source));
    }

    [Fact]
    public void Of_Tokens_FoundWhereNamedAndNeverSaidToBeNone()
    {
        var none = State(accounts: new([], 3, false, null));
        Assert.Equal(CheckState.Unknown, Find("long-lived-tokens", none).State);
        var check = Find("long-lived-tokens", State(accounts: new([new("shop", "default", "default-token-abcde"), new("shop", "web", "web-token-fghij"), new("bank", "default", "default-token-12345")], 3, false, null)));
        Assert.Equal(["ServiceAccount default: default-token-12345", "2 ServiceAccounts: default-token-abcde, web-token-fghij"], Words(check));
    }

    [Fact]
    public void Of_NotAsked_NotLookedAt() => Assert.All(Hardening.Of(null), check => Assert.Equal(CheckState.NotLookedAt, check.State));

    [Fact]
    public void Of_NotAllowed_UnknownWithTheReason()
    {
        var checks = Hardening.Of(new(default, Seen<WorkloadPod>.Not("no"), Seen<SuspectKey>.Not("no"), Seen<TokenSecret>.Not("no")));
        Assert.All(checks, check => Assert.Equal((CheckState.Unknown, "no"), (check.State, check.Words)));
    }

    [Fact]
    public void Of_MoreThanWereLookedAt_SaysSoAndPassesNothing()
    {
        var empty = Find("secrets-in-configmaps", State(maps: new([], 10, More: true, null)));
        Assert.Equal((CheckState.Unknown, "None, in 10 that were looked at. There are more than the 10 that were looked at."), (empty.State, empty.Words));
        var many = Find("secrets-in-configmaps", State(maps: new([.. Enumerable.Range(0, Hardening.MaxItems + 5).Select(n => new SuspectKey("shop", $"map-{n}", "k", "kind"))], 300, false, null)));
        Assert.Equal((Hardening.MaxItems, Hardening.MaxItems + 5), (many.Items.Count, many.ItemsTotal));
    }

    private static HardeningCheckView Find(string code, WorkloadState state) => Assert.Single(Hardening.Of(state), check => check.Code == code);

    private static IEnumerable<string> Words(HardeningCheckView check) => check.Items.Select(item => $"{item.Source}: {item.Words}");

    private static WorkloadState Pods(params WorkloadPod[] pods) => State(new Seen<WorkloadPod>(pods, pods.Length, false, null));

    private static WorkloadState State(Seen<WorkloadPod>? pods = null, Seen<SuspectKey>? maps = null, Seen<TokenSecret>? accounts = null) =>
        new(default, pods ?? new([], 0, false, null), maps ?? new([], 0, false, null), accounts ?? new([], 0, false, null));

    /// <summary>The first container begins earlier than the others; the volumes s and p hold the Secret db.</summary>
    private static WorkloadPod Pod(string place, string name, string container, string? second = null, (string Kind, string Name)? owner = null)
    {
        var owners = owner is { } by ? $$"""{"apiVersion":"apps/v1","kind":"{{by.Kind}}","name":"{{by.Name}}","uid":"1"}""" : "";
        return WorkloadObjects.Of(KubernetesJson.Deserialize<V1Pod>($$"""
            {"metadata":{"name":"{{name}}","namespace":"{{place}}","ownerReferences":[{{owners}}] },
             "spec":{"initContainers":[{{(second is null ? "" : container)}}],"containers":[{{second ?? container}}],
                     "volumes":[{"name":"s","secret":{"secretName":"db"} },{"name":"p","projected":{"sources":[{"secret":{"name":"db"} }]} }]} }
            """));
    }
}
