namespace AccessGateway.Clusters;

using System.Collections.Concurrent;
using AccessGateway.Contracts;
using k8s;
using k8s.Models;

/// <summary>Whom the API server takes the gateway for.</summary>
/// <param name="Name">Null where it cannot be told.</param>
internal sealed record OwnIdentity(string? Name, IReadOnlyList<string> Groups)
{
    /// <summary>Whether a binding's subject is the gateway by itself, not only as one of a group.</summary>
    public bool IsNamedBy(RbacSubject subject) => Name is not null && subject.Kind switch
    {
        "ServiceAccount" => Name == $"system:serviceaccount:{subject.Namespace}:{subject.Name}",
        "User" => Name == subject.Name,
        _ => false,
    };
}

/// <summary>What the gateway holds, asked of the API server itself, against what its documents need.</summary>
internal sealed class RightsProbe(ClusterConnections connections, RbacStates states)
{
    /// <summary>No namespace can have this name, so that no RoleBinding counts there: what is held there is held everywhere.</summary>
    private const string Nowhere = "access-gateway:everywhere";

    private const int AtOnce = 8;

    /// <summary>Further namespaces, in which something is bound to the gateway that no document needs.</summary>
    private const int MaxOtherPlaces = 50;

    /// <summary>Rights that seem to be missing and are asked for one by one.</summary>
    private const int MaxQuestions = 60;

    public async Task<IReadOnlyList<ClusterCheckView>> ProbeAsync(ClusterDefinition cluster, IReadOnlyList<OwnRight> needed, IReadOnlyList<OwnRight> allowed, OwnIdentity self, CancellationToken cancellationToken)
    {
        var kubernetes = connections.For(cluster.Name);
        var held = await HeldAsync(kubernetes, [.. await PlacesAsync(cluster.Name, needed, self, cancellationToken)], cancellationToken);
        var lacking = await StillLackingAsync(kubernetes, [.. RightsComparison.Lacking(needed, held)], cancellationToken);
        return [Lacking(cluster.Name, lacking), Excess(cluster.Name, RightsComparison.Excess([.. needed, .. allowed], held))];
    }

    private static ClusterCheckView Lacking(string cluster, List<(string Place, SingleRight Right)> lacking) => lacking.Count == 0
        ? Checked.Ok(ClusterCheckNames.Rights, "the gateway may do everything that its documents need")
        : Checked.Failed(ClusterCheckNames.Rights, $"{Checked.Count(lacking.Count, "right")} that the documents need {(lacking.Count == 1 ? "is" : "are")} missing", Apply(cluster)).With(RightsComparison.Words(lacking));

    private static ClusterCheckView Excess(string cluster, List<(string Place, SingleRight Right)>? excess)
    {
        if (excess is null)
            return Checked.Failed(ClusterCheckNames.ExcessRights, "the gateway holds more rights than can be looked through", Apply(cluster));
        if (excess.Count == 0)
            return Checked.Ok(ClusterCheckNames.ExcessRights, "the gateway may do nothing else");
        var details = RightsComparison.Words(excess);
        var then = $"{Apply(cluster)} Then take away what else is bound to it.";
        return excess.Select(item => RightsComparison.Danger(item.Right)).OfType<string>().FirstOrDefault() is { } danger
            ? Checked.Failed(ClusterCheckNames.ExcessRights, $"the gateway holds rights that no document needs, and {danger}", then).With(details)
            : Checked.Warning(ClusterCheckNames.ExcessRights, "the gateway holds rights that no document needs", then).With(details);
    }

    private static string Apply(string cluster) => $"access-gateway config rbac {cluster} | kubectl apply -f - (as an administrator of the cluster).";

    /// <summary>Where rights may differ from those everywhere: the documents' namespaces, and those in which something names the gateway.</summary>
    private async Task<IEnumerable<string>> PlacesAsync(string cluster, IReadOnlyList<OwnRight> needed, OwnIdentity self, CancellationToken cancellationToken)
    {
        var named = needed.Select(right => right.Namespace).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var state = self.Name is null ? null : await states.OfAsync(cluster, cancellationToken);
        var bound = state?.Bindings.Where(binding => binding.Namespace is not null && binding.Subjects.Any(subject => self.IsNamedBy(subject) || (subject.Kind == "Group" && self.Groups.Contains(subject.Name)))).Select(binding => binding.Namespace!) ?? [];
        return named.Concat(bound.Distinct(StringComparer.Ordinal).Except(named).Take(MaxOtherPlaces));
    }

    private static async Task<HeldRights> HeldAsync(IKubernetes kubernetes, List<string> places, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<string, IReadOnlyList<RbacRule>>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(places.Append(Nowhere), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (place, token) =>
        {
            var review = new V1SelfSubjectRulesReview { Spec = new V1SelfSubjectRulesReviewSpec { NamespaceProperty = place } };
            found[place] = Rules((await kubernetes.AuthorizationV1.CreateSelfSubjectRulesReviewAsync(review, cancellationToken: token)).Status);
        });
        found.TryRemove(Nowhere, out var everywhere);
        return new HeldRights(everywhere ?? [], found);
    }

    private static IReadOnlyList<RbacRule> Rules(V1SubjectRulesReviewStatus? status) =>
    [
        .. (status?.ResourceRules ?? []).Select(rule => new RbacRule([.. rule.ApiGroups ?? []], [.. rule.Resources ?? []], [.. rule.ResourceNames ?? []], [.. rule.Verbs ?? []], [])),
        .. (status?.NonResourceRules ?? []).Select(rule => new RbacRule([], [], [], [.. rule.Verbs ?? []], [.. rule.NonResourceURLs ?? []])),
    ];

    /// <summary>Not every authorizer can list its rules; each can say yes to one question.</summary>
    private static async Task<List<(string Place, SingleRight Right)>> StillLackingAsync(IKubernetes kubernetes, List<(string Place, SingleRight Right)> lacking, CancellationToken cancellationToken)
    {
        var allowed = new ConcurrentBag<(string Place, SingleRight Right)>();
        await Parallel.ForEachAsync(lacking.Take(MaxQuestions), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (item, token) =>
        {
            var answer = await kubernetes.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(new V1SelfSubjectAccessReview { Spec = Question(item.Place, item.Right) }, cancellationToken: token);
            if (answer.Status?.Allowed == true)
                allowed.Add(item);
        });
        return [.. lacking.Except(allowed)];
    }

    private static V1SelfSubjectAccessReviewSpec Question(string place, SingleRight right)
    {
        if (right.Url.Length > 0)
            return new V1SelfSubjectAccessReviewSpec { NonResourceAttributes = new V1NonResourceAttributes { Path = right.Url, Verb = right.Verb } };
        var parts = right.Resource.Split('/', 2);
        return new V1SelfSubjectAccessReviewSpec
        {
            ResourceAttributes = new V1ResourceAttributes
            {
                Group = right.Group,
                Resource = parts[0],
                Subresource = parts.Length > 1 ? parts[1] : null,
                Name = right.Name.Length == 0 ? null : right.Name,
                NamespaceProperty = place.Length == 0 ? null : place,
                Verb = right.Verb,
            },
        };
    }
}
