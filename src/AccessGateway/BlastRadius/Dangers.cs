namespace AccessGateway.BlastRadius;

using AccessGateway.Contracts;

/// <summary>
/// The dangers that are looked for: those that Kubernetes itself warns of, and what came since. Between API versions the wider
/// meaning counts: until 1.34 <c>get</c> on <c>pods/exec</c> is enough to run commands, and on <c>nodes/proxy</c> it still is.
/// </summary>
internal static class Dangers
{
    private const string Core = "";
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Admission = "admissionregistration.k8s.io";
    private const string Certificates = "certificates.k8s.io";
    private const string Authentication = "authentication.k8s.io";

    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "update", "patch"];
    private static readonly string[] Change = ["update", "patch"];
    private static readonly string[] Delete = ["delete", "deletecollection"];
    private static readonly string[] Connect = ["create", "get"];
    private static readonly string[] Through = ["create", "get", "update", "patch", "delete"];

    public static readonly IReadOnlyList<Danger> All =
    [
        new("everything", "do everything with everything", [new("*", ["*"], ["*"])]) { InCluster = RiskLevel.Critical, InNamespaces = RiskLevel.High },
        .. OfRoles(),
        .. OfPods(),
        .. OfSecretsAndNamespaces(),
        .. OfTheCluster(),
    ];

    private static IEnumerable<Danger> OfRoles() =>
    [
        new("escalate", "write any right into roles", [new(Rbac, ["roles", "clusterroles"], ["escalate"])]) { InCluster = RiskLevel.Critical, InNamespaces = RiskLevel.High, Because = "also rights that it does not have itself (escalate)" },
        new("bind", "bind roles", [new(Rbac, ["roles", "clusterroles"], ["bind"])]) { InCluster = RiskLevel.Critical, InNamespaces = RiskLevel.High, Because = "also those that allow more than it does itself (bind)" },
        new("roles-writable", "give its own rights away", [new(Rbac, ["roles", "clusterroles", "rolebindings", "clusterrolebindings"], Write)]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.High, Because = "a binding made so outlives the grant" },
        new("impersonate", "act as other users or groups", [new(Core, ["users", "groups"], ["impersonate"]), new(Authentication, ["users", "groups"], ["impersonate"])]) { InCluster = RiskLevel.Critical, ClusterScoped = true, Because = "of administrators too (impersonate)" },
        new("impersonate-constrained", "act as other users, groups or nodes in some ways", [new(Authentication, ["users", "groups", "nodes"], ["impersonate:"]), new(Core, ["users", "groups", "nodes"], ["impersonate:"])]) { InCluster = RiskLevel.High, ClusterScoped = true },
        new("impersonate-accounts", "act as ServiceAccounts", [new(Core, ["serviceaccounts"], ["impersonate", "impersonate:"]), new(Authentication, ["serviceaccounts"], ["impersonate", "impersonate:"])]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.High, LessByName = true, Accounts = Accounts.Named },
        new("tokens", "make tokens of ServiceAccounts", [new(Core, ["serviceaccounts/token"], ["create"])]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.High, LessByName = true, Accounts = Accounts.Named, Because = "they can outlive the grant" },
    ];

    private static IEnumerable<Danger> OfPods() =>
    [
        new("exec", "run commands in Pods", [new(Core, ["pods/exec", "pods/attach"], Connect), new(Core, ["pods/ephemeralcontainers"], Change)]) { InCluster = RiskLevel.Critical, InNamespaces = RiskLevel.High, LessByName = true, Accounts = Accounts.Any, Because = "with whatever those hold" },
        new("pods-startable", "start Pods",
            [
                new(Core, ["pods", "replicationcontrollers"], Write),
                new("apps", ["deployments", "daemonsets", "statefulsets", "replicasets"], Write),
                new("extensions", ["deployments", "daemonsets", "replicasets"], Write),
                new("batch", ["jobs", "cronjobs"], Write),
            ]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.High, LessByName = true, Accounts = Accounts.Any, StartsPods = true, Because = "with any image, and any Secret and ServiceAccount of the namespace" },
        new("port-forward", "connect to Pods and Services from outside", [new(Core, ["pods/portforward"], Connect), new(Core, ["pods/proxy", "services/proxy"], Through)]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.Medium, LessByName = true, Because = "past network policies" },
        new("pod-policy", "start Pods that a policy would refuse", [new("policy", ["podsecuritypolicies"], ["use"]), new("extensions", ["podsecuritypolicies"], ["use"]), new("security.openshift.io", ["securitycontextconstraints"], ["use"])]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.High },
        new("logs", "read logs of Pods", [new(Core, ["pods/log"], ["get"])]) { InCluster = RiskLevel.Medium, InNamespaces = RiskLevel.Low, Because = "they may hold secrets by accident" },
    ];

    private static IEnumerable<Danger> OfSecretsAndNamespaces() =>
    [
        new("secrets-readable", "read Secrets", [new(Core, ["secrets"], Read)]) { InCluster = RiskLevel.Critical, InNamespaces = RiskLevel.High, LessByName = true, Accounts = Accounts.UnlessNamed, Because = "passwords, keys, and tokens where they are kept as Secrets" },
        new("secrets-writable", "put Secrets in place", [new(Core, ["secrets"], Write)]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.Medium, LessByName = true },
        new("configmaps-writable", "change the settings of the cluster's own parts", [new(Core, ["configmaps"], Write)]) { InCluster = RiskLevel.High, LessByName = true, Because = "ConfigMaps of kube-system" },
        new("namespaces-changed", "change the labels of namespaces", [new(Core, ["namespaces"], Change)]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.Medium, Because = "Pod Security and policies go by them" },
        new("namespaces-deleted", "delete namespaces with all that is in them", [new(Core, ["namespaces"], ["delete"])]) { InCluster = RiskLevel.High, InNamespaces = RiskLevel.High },
        new("everything-deleted", "delete everything", [new("*", ["*"], Delete)]) { InCluster = RiskLevel.Critical, InNamespaces = RiskLevel.High },
        new("traffic", "redirect the traffic of Services", [new(Core, ["endpoints"], Write), new("discovery.k8s.io", ["endpointslices"], Write)]) { InCluster = RiskLevel.Medium, InNamespaces = RiskLevel.Medium },
    ];

    private static IEnumerable<Danger> OfTheCluster() => new Danger[]
    {
        new("nodes-proxy", "run commands in every Pod through the nodes", [new(Core, ["nodes/proxy"], Through)]) { InCluster = RiskLevel.Critical, Because = "past the API server's checks and its audit log (nodes/proxy)" },
        new("csr", "have client certificates signed", [new(Certificates, ["certificatesigningrequests/approval", "certificatesigningrequests/status"], Change), new(Certificates, ["signers"], ["approve", "sign"])]) { InCluster = RiskLevel.Critical, Because = "for other users too" },
        new("webhooks", "see and change what others send to the API server", [new(Admission, ["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"], Write)]) { InCluster = RiskLevel.Critical, Because = "by admission webhooks or policies" },
        new("api-services", "answer in place of the API server", [new("apiregistration.k8s.io", ["apiservices"], Write)]) { InCluster = RiskLevel.Critical, Because = "by aggregated APIs" },
        new("safeguards", "take the cluster's safeguards away", [new(Admission, ["validatingadmissionpolicies", "validatingadmissionpolicybindings"], [.. Write, .. Delete]), new(Admission, ["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"], Delete), new("policy", ["podsecuritypolicies"], Write)]) { InCluster = RiskLevel.High, Because = "admission policies and webhooks" },
        new("trust", "change whom workloads trust", [new(Certificates, ["clustertrustbundles"], Write), new(Certificates, ["signers"], ["attest"])]) { InCluster = RiskLevel.High },
        new("definitions", "change the kinds of objects there are", [new("apiextensions.k8s.io", ["customresourcedefinitions"], [.. Write, .. Delete])]) { InCluster = RiskLevel.High, Because = "deleting one deletes all its objects" },
        new("volumes", "make PersistentVolumes", [new(Core, ["persistentvolumes"], Write)]) { InCluster = RiskLevel.High, Because = "of hostPath too: any file of a node" },
        new("nodes", "change or remove nodes", [new(Core, ["nodes", "nodes/status"], [.. Write, .. Delete])]) { InCluster = RiskLevel.High },
    }.Select(danger => danger with { ClusterScoped = true });
}
