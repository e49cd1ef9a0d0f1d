namespace AccessGateway.Clusters;

using AccessGateway.Policy;

/// <summary>One right, taken apart as far as it goes.</summary>
/// <param name="Name">Empty for every object.</param>
/// <param name="Url">Outside the API's resources; then group, resource and name are empty.</param>
internal sealed record SingleRight(string Group, string Resource, string Name, string Verb, string Url = "");

/// <summary>What the gateway holds, by the API server's own word.</summary>
/// <param name="Everywhere">In every namespace.</param>
/// <param name="ByPlace">In single namespaces, what holds everywhere included.</param>
internal sealed record HeldRights(IReadOnlyList<RbacRule> Everywhere, IReadOnlyDictionary<string, IReadOnlyList<RbacRule>> ByPlace);

/// <summary>Rights that are needed against rights that are held. Pure.</summary>
internal static class RightsComparison
{
    private const string Any = "*";

    /// <summary>What every account has, by the roles that Kubernetes itself binds to everybody.</summary>
    private static readonly RbacRule[] Everybodys =
    [
        new(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], [], ["create"], []),
        new(["authentication.k8s.io"], ["selfsubjectreviews"], [], ["create"], []),
        new(["certificates.k8s.io"], ["clustertrustbundles"], [], ["get", "list", "watch"], []),
        new([], [], [], ["get"],
        [
            "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/openapi", "/openapi/*", "/version", "/version/",
            "/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/",
        ]),
    ];

    /// <summary>By place; the empty text stands for everywhere.</summary>
    public static IEnumerable<(string Place, SingleRight Right)> Lacking(IEnumerable<OwnRight> needed, HeldRights held) => needed
        .SelectMany(right => Apart(ToRule(right.Rule)).Select(single => (Place: right.Namespace ?? "", Right: single)))
        .Distinct()
        .Where(item => !Allowed(item.Place.Length > 0 && held.ByPlace.TryGetValue(item.Place, out var there) ? there : held.Everywhere, item.Right));

    /// <summary>By place, as <see cref="Lacking"/>. Null where more is held than can be taken apart.</summary>
    /// <param name="needed">What may be held.</param>
    public static List<(string Place, SingleRight Right)>? Excess(IReadOnlyList<OwnRight> needed, HeldRights held)
    {
        var found = new List<(string Place, SingleRight Right)>();
        var everywhere = needed.Where(right => right.Namespace is null).Select(right => ToRule(right.Rule)).Concat(Everybodys).ToList();
        foreach (var (place, rules) in held.ByPlace.Append(new("", held.Everywhere)))
        {
            if (RuleSet.Normalise(rules) is not { } normalised)
                return null;
            List<RbacRule> fine = place.Length == 0 ? everywhere : [.. everywhere, .. held.Everywhere, .. needed.Where(right => right.Namespace == place).Select(right => ToRule(right.Rule))];
            found.AddRange(normalised.SelectMany(Apart).Where(right => !Allowed(fine, right)).Select(right => (place, right)));
        }

        return [.. found.Distinct()];
    }

    /// <summary>Put together again and in words, the rights of a place in as few lines as possible.</summary>
    public static IReadOnlyList<string> Words(IEnumerable<(string Place, SingleRight Right)> rights) => [.. rights
        .GroupBy(item => item.Place, item => item.Right, StringComparer.Ordinal).OrderBy(place => place.Key, StringComparer.Ordinal)
        .SelectMany(place => (RuleSet.Normalise(place.Select(Together)) ?? []).Select(rule => place.Key.Length == 0 ? Words(rule) : $"{Words(rule)} in namespace {place.Key}"))];

    /// <summary>Why whoever holds this can get at everything, or at secrets; null where they cannot.</summary>
    public static string? Danger(SingleRight right)
    {
        var rule = new RoleRule([right.Group], [right.Resource], right.Name.Length == 0 ? [] : [right.Name], [right.Verb], right.Url.Length == 0 ? [] : [right.Url]);
        var reads = right.Resource == "secrets" && right.Verb is "get" or "list" or "watch";
        var runs = right is { Resource: "pods", Verb: "create" } or { Resource: "pods/exec" };
        return reads ? "secrets can be read" : runs ? "whatever runs in a namespace can be taken over" : right.Name is "" or "cluster-admin" ? rule.PrivilegedBecause() : null;
    }

    private static bool Allowed(IReadOnlyList<RbacRule> rules, SingleRight right) => rules.Any(rule => Covers(rule, right));

    private static bool Covers(RbacRule rule, SingleRight right) => Has(rule.Verbs, right.Verb) && (right.Url.Length > 0
        ? rule.NonResourceUrls.Any(url => url == Any || url == right.Url || (url.EndsWith(Any, StringComparison.Ordinal) && right.Url.StartsWith(url[..^1], StringComparison.Ordinal)))
        : Has(rule.ApiGroups, right.Group) && (Has(rule.Resources, right.Resource) || OfSubresource(rule, right.Resource)) && (rule.ResourceNames.Count == 0 || rule.ResourceNames.Contains(right.Name)));

    private static bool OfSubresource(RbacRule rule, string resource) =>
        resource.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 && rule.Resources.Contains(string.Concat(Any, resource.AsSpan(slash)));

    private static bool Has(IReadOnlyList<string> words, string word) => words.Contains(word) || words.Contains(Any);

    private static IEnumerable<SingleRight> Apart(RbacRule rule) =>
        from verb in rule.Verbs
        from right in rule.NonResourceUrls.Select(url => new SingleRight("", "", "", verb, url)).Concat(
            from resourceGroup in rule.ApiGroups
            from resource in rule.Resources
            from name in rule.ResourceNames.DefaultIfEmpty("")
            select new SingleRight(resourceGroup, resource, name, verb))
        select right;

    private static RbacRule Together(SingleRight right) => right.Url.Length > 0
        ? new([], [], [], [right.Verb], [right.Url])
        : new([right.Group], [right.Resource], right.Name.Length == 0 ? [] : [right.Name], [right.Verb], []);

    private static string Words(RbacRule rule)
    {
        IReadOnlyList<string> things = rule.NonResourceUrls.Count > 0 ? [.. rule.NonResourceUrls.Select(url => $"URL {url}")] : [.. rule.ApiGroups.SelectMany(group => rule.Resources.Select(resource => group.Length == 0 ? resource : $"{resource}.{group}"))];
        return $"{string.Join(",", rule.Verbs)} {string.Join(",", things)}{(rule.ResourceNames.Count > 0 ? $" named {string.Join(",", rule.ResourceNames)}" : "")}";
    }

    private static RbacRule ToRule(RoleRule rule) => new(rule.ApiGroups, rule.Resources, rule.ResourceNames, rule.Verbs, rule.NonResourceUrls);
}
