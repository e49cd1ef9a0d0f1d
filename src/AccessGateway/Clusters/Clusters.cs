namespace AccessGateway.Clusters;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>The registered clusters, and what each offers whom.</summary>
internal sealed class Clusters(GatewayDocuments documents, ClusterHealth health)
{
    /// <summary>Those on which the caller is offered something; all for administrators.</summary>
    public IReadOnlyList<ClusterView> ListFor(Caller caller) => [.. documents.Clusters
        .Where(cluster => caller.IsAdministrator || RoleOffer.All(documents.Policies, cluster.Facts, caller.Facts).Count > 0)
        .OrderBy(cluster => cluster.Name, StringComparer.Ordinal)
        .Select(cluster => new ClusterView(cluster.Name, cluster.Server.ToString().TrimEnd('/'), cluster.Labels, health.Of(cluster.Name)))];

    /// <summary>Null where there is no such cluster for the caller.</summary>
    public IReadOnlyList<RoleOfferView>? OffersFor(Caller caller, string name)
    {
        if (documents.Cluster(name) is not { } cluster)
            return null;
        var offers = RoleOffer.All(documents.Policies, cluster.Facts, caller.Facts);
        return offers.Count == 0 && !caller.IsAdministrator ? null : [.. offers.Select(ToView)];
    }

    private static RoleOfferView ToView(RoleOffer offer) => new(
        offer.Role,
        offer.Target.ClusterRole,
        offer.Scope,
        [.. offer.NamespacePatterns.SelectMany(patterns => patterns).Distinct(StringComparer.Ordinal)],
        DurationText.Format(offer.MaxDuration),
        DurationText.Format(offer.DefaultDuration),
        offer.ApprovalsRequired,
        offer.Reasons.Any(rule => rule.Required))
    {
        NamespacedRole = offer.Target.NamespacedRole.Length == 0 ? null : offer.Target.NamespacedRole,
        Rules = ToView(offer.Target),
        ExceptNamespaces = offer.ExceptNamespaces.Count == 0 ? null : offer.ExceptNamespaces,
        BreakGlass = offer.BreakGlass is { } glass ? DurationText.Format(glass.MaxDuration) : null,
    };

    /// <summary>The offer's own rules; null where an existing role is bound.</summary>
    public static IReadOnlyList<RoleRuleView>? ToView(RoleTarget target) => target.HasOwnRules
        ? [.. target.Rules.Select(rule => new RoleRuleView(rule.ApiGroups, rule.Resources, rule.ResourceNames, rule.Verbs, rule.NonResourceUrls))]
        : null;
}
