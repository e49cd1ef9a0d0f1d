namespace AccessGateway.Clusters;

using System.Security.Cryptography;
using System.Text.Json;

/// <summary>
/// Rules in a form that depends on what they allow alone, not on how somebody wrote them down: taken apart into single rights, what
/// is said twice said once, and put together again in one order. Pure.
/// </summary>
internal static class RuleSet
{
    /// <summary>A role larger than any that people write is not analysed: some 1.5 MB of rules could mean billions of rights.</summary>
    public const int MaxRights = 200_000;

    private const string Everything = "*";
    private const string EveryObject = "";

    /// <summary>Null where they mean more than <see cref="MaxRights"/> single rights.</summary>
    public static IReadOnlyList<RbacRule>? Normalise(IEnumerable<RbacRule> rules)
    {
        var resources = new Dictionary<(string Group, string Resource), SortedDictionary<string, SortedSet<string>>>();
        var urls = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var rights = 0L;
        foreach (var rule in rules)
        {
            // Saturated step by step: four counts of a hostile role overflow when they are simply multiplied.
            rights += Math.Min(MaxRights + 1L, Math.Min(MaxRights + 1L, (long)rule.ApiGroups.Count * rule.Resources.Count) * Math.Max(1, rule.ResourceNames.Count)) * rule.Verbs.Count;
            rights += (long)rule.NonResourceUrls.Count * rule.Verbs.Count;
            if (rights > MaxRights)
                return null;
            Add(resources, rule);
            foreach (var url in rule.NonResourceUrls)
                Entry(urls, url).UnionWith(rule.Verbs);
        }

        return [.. Together(resources), .. Together(urls)];
    }

    /// <summary>SHA-256, in hex, over normalised rules.</summary>
    public static string Digest(IReadOnlyList<RbacRule> normalised) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        normalised.Select(rule => new[] { rule.ApiGroups, rule.Resources, rule.ResourceNames, rule.Verbs, rule.NonResourceUrls }))));

    private static void Add(Dictionary<(string Group, string Resource), SortedDictionary<string, SortedSet<string>>> resources, RbacRule rule)
    {
        foreach (var group in rule.ApiGroups)
        {
            foreach (var resource in rule.Resources)
            {
                if (!resources.TryGetValue((group, resource), out var byName))
                    resources[(group, resource)] = byName = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
                foreach (var name in rule.ResourceNames.DefaultIfEmpty(EveryObject))
                    Entry(byName, name).UnionWith(rule.Verbs);
            }
        }
    }

    /// <summary>One rule for each combination of groups, resources and names that have the same verbs.</summary>
    private static IEnumerable<RbacRule> Together(Dictionary<(string Group, string Resource), SortedDictionary<string, SortedSet<string>>> resources) => resources
        .SelectMany(cell => ByVerbs(cell.Value).Select(entry => (cell.Key.Group, cell.Key.Resource, entry.Names, entry.Verbs)))
        .GroupBy(entry => Key([entry.Group], entry.Names, entry.Verbs))
        .Select(same => (same.First().Group, Resources: Ordered(same.Select(entry => entry.Resource)), same.First().Names, same.First().Verbs))
        .GroupBy(entry => Key(entry.Resources, entry.Names, entry.Verbs))
        .Select(same => new RbacRule(Ordered(same.Select(entry => entry.Group)), same.First().Resources, same.First().Names, same.First().Verbs, []))
        .OrderBy(rule => Key(rule.ApiGroups, rule.Resources, rule.ResourceNames, rule.Verbs), StringComparer.Ordinal);

    private static IEnumerable<RbacRule> Together(SortedDictionary<string, SortedSet<string>> urls) => urls
        .Select(entry => (Url: entry.Key, Verbs: Short(entry.Value)))
        .GroupBy(entry => Key(entry.Verbs))
        .Select(same => new RbacRule([], [], [], same.First().Verbs, Ordered(same.Select(entry => entry.Url))))
        .OrderBy(rule => Key(rule.NonResourceUrls, rule.Verbs), StringComparer.Ordinal);

    /// <summary>The names of one resource that have the same verbs, after what holds for every object was taken away from them.</summary>
    private static IEnumerable<(List<string> Names, List<string> Verbs)> ByVerbs(SortedDictionary<string, SortedSet<string>> byName)
    {
        var always = byName.TryGetValue(EveryObject, out var verbs) ? verbs : [];
        if (always.Count > 0)
            yield return ([], Short(always));
        if (always.Contains(Everything))
            yield break;
        var named = byName.Where(entry => entry.Key != EveryObject)
            .Select(entry => (Name: entry.Key, Verbs: Short(entry.Value.Except(always))))
            .Where(entry => entry.Verbs.Count > 0);
        foreach (var same in named.GroupBy(entry => Key(entry.Verbs)))
            yield return (Ordered(same.Select(entry => entry.Name)), same.First().Verbs);
    }

    private static List<string> Short(IEnumerable<string> verbs)
    {
        var ordered = Ordered(verbs);
        return ordered.Contains(Everything) ? [Everything] : ordered;
    }

    private static List<string> Ordered(IEnumerable<string> texts) => [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static SortedSet<string> Entry(SortedDictionary<string, SortedSet<string>> entries, string key)
    {
        if (!entries.TryGetValue(key, out var set))
            entries[key] = set = new SortedSet<string>(StringComparer.Ordinal);
        return set;
    }

    /// <summary>As JSON: no text in a rule can make two different lists look alike.</summary>
    private static string Key(params IReadOnlyList<string>[] lists) => JsonSerializer.Serialize(lists);
}
