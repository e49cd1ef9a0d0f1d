namespace AccessGateway.Posture;

using System.Text.RegularExpressions;
using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>Whose access a binding gives, and what a reader must know about them. Pure.</summary>
internal static partial class Subjects
{
    public const string User = "User";
    public const string Group = "Group";
    public const string ServiceAccount = "ServiceAccount";
    public const string Masters = "system:masters";

    public const string OfMasters =
        "Whoever has a client certificate with O=system:masters. Such certificates cannot be revoked, and taking the binding away changes nothing: the API server lets the group do everything without asking RBAC.";

    private const string AccountUser = "system:serviceaccount:";
    private const string AccountGroups = "system:serviceaccounts";
    private const string System = "system:";
    private const string SystemNamespace = "kube-system";

    /// <summary>A ServiceAccount as one, however a binding writes it.</summary>
    public static RbacSubject Normalise(RbacSubject subject, string? bindingNamespace) => subject switch
    {
        { Kind: ServiceAccount } => subject with { Namespace = subject.Namespace ?? bindingNamespace },
        { Kind: User } when subject.Name.StartsWith(AccountUser, StringComparison.Ordinal) && subject.Name[AccountUser.Length..].Split(':') is [var place, var name] =>
            new RbacSubject(ServiceAccount, place, name),
        _ => subject with { Namespace = null },
    };

    /// <summary>A name of Kubernetes' own is not enough to be told apart as harmless, nor is a label: whoever writes bindings writes it too.</summary>
    public static StandingOrigin OriginOf(RbacSubject subject, string role, IReadOnlyList<RbacBinding> bindings, RiskLevel risk) => subject switch
    {
        { Kind: ServiceAccount } => subject.Namespace == SystemNamespace && IsOwn(role, bindings) ? StandingOrigin.System : StandingOrigin.Workload,
        { Name: Masters } => StandingOrigin.People,
        { Kind: User, Name: "system:anonymous" } or { Kind: Group, Name: "system:authenticated" or "system:unauthenticated" } =>
            risk == RiskLevel.Low && IsOwn(role, bindings) ? StandingOrigin.System : StandingOrigin.Everybody,
        { Kind: Group } when subject.Name.StartsWith(AccountGroups, StringComparison.Ordinal) =>
            (risk == RiskLevel.Low || subject.Name == $"{AccountGroups}:{SystemNamespace}") && IsOwn(role, bindings) ? StandingOrigin.System : StandingOrigin.Workload,
        _ => subject.Name.StartsWith(System, StringComparison.Ordinal) && IsOwn(role, bindings) ? StandingOrigin.System : StandingOrigin.People,
    };

    public static string? NoteOn(RbacSubject subject, IReadOnlyList<RbacBinding> bindings) => subject switch
    {
        { Kind: Group, Name: Masters } => OfMasters,
        { Kind: Group, Name: "system:authenticated" } => "Everybody who is signed in, by whatever means: every user and every ServiceAccount.",
        { Kind: Group, Name: "system:unauthenticated" } or { Kind: User, Name: "system:anonymous" } => "Whoever reaches the API server, without signing in.",
        { Kind: Group, Name: AccountGroups } => "Every ServiceAccount of the cluster.",
        { Kind: Group } when subject.Name.StartsWith(AccountGroups + ":", StringComparison.Ordinal) => "Every ServiceAccount of a namespace.",
        { Kind: Group } when subject.Name.StartsWith(OwnObjects.GroupPrefix, StringComparison.Ordinal) => bindings.Select(binding => binding.Gateway).FirstOrDefault(gateway => gateway is not null) is { } gateway
            ? $"Named like a grant, with the label of the gateway '{gateway}', but no binding that this gateway would make."
            : "Named like a grant, but no gateway's label: nothing will end it.",
        _ => null,
    };

    /// <summary>What says that it may be the account of another gateway, which no look from here can tell from somebody who made the same names.</summary>
    /// <param name="gateways">Whose labels are on bindings of the cluster.</param>
    public static string? NoteOnOther(RbacSubject subject, string role, IReadOnlyList<RbacBinding> bindings, IReadOnlySet<string> gateways) =>
        subject.Kind == ServiceAccount && gateways.Contains(role) && bindings.All(binding => binding.Name == role)
            ? $"Named as the rights of a gateway '{role}' would be, of which there are bindings here. Names and labels prove nothing, so it counts in the cluster's risk; the report of that gateway says whether it is more than it needs."
            : null;

    /// <summary>People can ask when they need it, and so can CI; a controller works all day.</summary>
    public static JustInTimeFit FitOf(RbacSubject subject, StandingOrigin origin, RiskLevel risk) => (origin, risk) switch
    {
        (_, RiskLevel.Low) => JustInTimeFit.None,
        (StandingOrigin.People, _) when !subject.Name.StartsWith(System, StringComparison.Ordinal) && !subject.Name.StartsWith(OwnObjects.GroupPrefix, StringComparison.Ordinal) => JustInTimeFit.Policy,
        (StandingOrigin.Workload, _) when subject.Kind == ServiceAccount && (Deploys().IsMatch(subject.Name) || Deploys().IsMatch(subject.Namespace ?? "")) => JustInTimeFit.MachinePolicy,
        _ => JustInTimeFit.None,
    };

    private static bool IsOwn(string role, IReadOnlyList<RbacBinding> bindings) =>
        role.StartsWith(System, StringComparison.Ordinal) || bindings.All(binding => binding.Bootstrapping);

    [GeneratedRegex(@"(^|[-.])(ci|cd|cicd|deploy|deployer|deployment|deploys|pipeline|pipelines|jenkins|gitlab|github|runner|runners|tekton|buildkite|build|builder|release|releaser)($|[-.])")]
    private static partial Regex Deploys();
}
