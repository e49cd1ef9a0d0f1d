namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>The namespaces that a request names, exactly or by pattern: whether they are offered, and which they are now. Pure.</summary>
internal static class NamespaceChoice
{
    /// <summary>In how many namespaces one grant is bound at most.</summary>
    public const int Max = 100;

    public static bool HasPatterns(IReadOnlyList<string> chosen) => chosen.Any(Glob.IsPattern);

    /// <summary>Why it is not offered; null where all of it is.</summary>
    public static string? Problem(RoleOffer offer, IReadOnlyList<string> chosen)
    {
        if (offer.Scope == RoleScope.Cluster)
            return chosen.Count == 0 ? null : "This role is offered for the whole cluster; name no namespaces.";
        return chosen.Count == 0
            ? $"Name the namespaces; offered are {Offered(offer)}."
            : chosen.Select(one => ProblemOf(offer, one)).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Why it would be bound in too many; null where it would not, or where nobody knows.</summary>
    public static string? TooMany(RequestFacts facts)
    {
        var exact = facts.Namespaces.Count(one => !Glob.IsPattern(one));
        var over = facts.Matches.OrderBy(each => each.Key, StringComparer.Ordinal).FirstOrDefault(each => exact + each.Value.Count > Max);
        return over.Key is null ? null : $"On cluster '{over.Key}' that is {exact + over.Value.Count} namespaces now, and a grant is bound in {Max} at most. Choose a narrower pattern.";
    }

    /// <summary>What the patterns among the chosen match, besides those that are named exactly; sorted.</summary>
    /// <param name="there">The cluster's namespaces.</param>
    /// <param name="offered">Whether one may be bound.</param>
    public static IReadOnlyList<string> Matches(IReadOnlyList<string> chosen, IEnumerable<string> there, Func<string, bool> offered)
    {
        var patterns = chosen.Where(Glob.IsPattern).ToList();
        return [.. there.Where(name => !chosen.Contains(name) && patterns.Exists(pattern => Glob.IsMatch(pattern, name)) && offered(name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Of those as many as a grant may have: what it has already comes first, then by name.</summary>
    public static IReadOnlyList<string> AtMost(IReadOnlyList<string> chosen, IReadOnlyList<string> matches, IReadOnlyList<string> before) =>
        [.. matches.OrderBy(name => before.Contains(name) ? 0 : 1).ThenBy(name => name, StringComparer.Ordinal).Take(Math.Max(0, Max - chosen.Count(one => !Glob.IsPattern(one)))).Order(StringComparer.Ordinal)];

    public static bool IsExcepted(IReadOnlyList<string> exceptions, string name) => exceptions.Any(pattern => Glob.IsMatch(pattern, name));

    /// <summary>What is offered, for people.</summary>
    public static string Words(IReadOnlyList<string> namespaces, IReadOnlyList<string> except) => string.Join(", ", namespaces) + (except.Count > 0 ? $", except {string.Join(", ", except)}" : "");

    private static string? ProblemOf(RoleOffer offer, string chosen)
    {
        if (!Glob.IsPattern(chosen))
        {
            return IsExcepted(offer.ExceptNamespaces, chosen) ? $"The namespace '{chosen}' is excepted from what is offered."
                : offer.OffersNamespace(chosen) ? null
                : $"The namespace '{chosen}' is not offered; offered are {Offered(offer, pattern => Glob.IsMatch(pattern, chosen))}.";
        }

        // Whoever may write Roles in a namespace decides what that Role allows there: nobody has looked at those of later namespaces.
        if (offer.Target.NamespacedRole.Length > 0)
            return $"'{offer.Role}' is a Role of its own in each namespace, and what it allows is looked up in each: name the namespaces exactly, without '{chosen}'.";
        if (!offer.NamespacePatterns.All(patterns => patterns.Any(pattern => Glob.Contains(pattern, chosen))))
            return $"The pattern '{chosen}' may match more than is offered: it must lie within one of {Offered(offer, pattern => Glob.Contains(pattern, chosen))}. What lies in several of them is named one by one.";
        return offer.ExceptNamespaces.Any(pattern => Glob.Contains(pattern, chosen)) ? $"All that the pattern '{chosen}' matches is excepted from what is offered." : null;
    }

    /// <summary>Of several policies that must all offer it the first that does not: what another offers explains nothing.</summary>
    private static string Offered(RoleOffer offer, Func<string, bool>? offers = null) =>
        Words(offer.NamespacePatterns.FirstOrDefault(patterns => offers is null || !patterns.Any(offers)) ?? offer.NamespacePatterns[0], offer.ExceptNamespaces);
}
