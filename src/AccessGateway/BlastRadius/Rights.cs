namespace AccessGateway.BlastRadius;

using AccessGateway.Clusters;

/// <summary>How much of a kind of object some rules reach: nothing, some by name, or each.</summary>
/// <param name="Names">Where it is some.</param>
internal sealed record Reach(bool Any, IReadOnlyList<string> Names)
{
    public static readonly Reach Nothing = new(Any: false, []);

    /// <summary>Whether it is only some, by name.</summary>
    public bool ByName => Any && Names.Count > 0;
}

/// <summary>A right to look for: any of the verbs on any of the resources of a group.</summary>
/// <param name="Verbs">One that ends with <c>:</c> stands for every verb that begins so.</param>
internal sealed record Target(string Group, IReadOnlyList<string> Resources, IReadOnlyList<string> Verbs);

/// <summary>Rules, asked the way the API server asks them.</summary>
internal sealed class Rights(IReadOnlyList<RbacRule> rules)
{
    private const string Everything = "*";

    public IReadOnlyList<RbacRule> Rules => rules;

    public Reach To(IEnumerable<Target> targets)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var any = false;
        foreach (var target in targets)
        {
            foreach (var rule in rules.Where(rule => Allows(rule, target)))
            {
                if (rule.ResourceNames.Count == 0)
                    return new Reach(Any: true, []);
                any = true;
                names.UnionWith(rule.ResourceNames);
            }
        }

        return any ? new Reach(Any: true, [.. names]) : Reach.Nothing;
    }

    /// <summary>The URLs outside the API's resources that any verb reaches.</summary>
    public IEnumerable<string> Urls => rules.Where(rule => rule.Verbs.Count > 0).SelectMany(rule => rule.NonResourceUrls);

    private static bool Allows(RbacRule rule, Target target) =>
        (rule.ApiGroups.Contains(Everything) || rule.ApiGroups.Contains(target.Group))
        && target.Resources.Any(resource => Covers(rule.Resources, resource))
        && target.Verbs.Any(verb => rule.Verbs.Any(given => given == Everything || given == verb || (verb.EndsWith(':') && given.StartsWith(verb, StringComparison.Ordinal))));

    /// <summary><c>*</c> covers subresources too, <c>*/scale</c> that subresource of everything; <c>pods</c> covers no subresource, and
    /// <c>pods/*</c> means nothing to the API server.</summary>
    private static bool Covers(IReadOnlyList<string> resources, string resource)
    {
        if (resources.Contains(Everything) || resources.Contains(resource))
            return true;
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && resources.Contains(string.Concat(Everything, resource.AsSpan(slash)));
    }
}
