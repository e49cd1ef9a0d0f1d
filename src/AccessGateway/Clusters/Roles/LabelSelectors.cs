namespace AccessGateway.Clusters;

using System.Text.RegularExpressions;

/// <summary>Asks labels what a selector asks them, in the form in which <see cref="RbacObjects.Selector"/> writes one. Pure.</summary>
internal static partial class LabelSelectors
{
    public static bool Selects(string selector, IReadOnlyDictionary<string, string> labels) =>
        Requirements().Matches(selector).All(requirement => Holds(requirement, labels));

    private static bool Holds(Match requirement, IReadOnlyDictionary<string, string> labels)
    {
        var there = labels.TryGetValue(requirement.Groups["key"].Value, out var value);
        if (requirement.Groups["equal"].Success)
            return there && value == requirement.Groups["equal"].Value;
        if (!requirement.Groups["word"].Success)
            return there != requirement.Groups["not"].Success;
        var named = there && requirement.Groups["set"].Value.Split(',').Contains(value);
        return requirement.Groups["word"].Value == "in" ? named : !named;
    }

    [GeneratedRegex(@"(?<not>!)?(?<key>[^\s,=!()]+)(=(?<equal>[^,]*)| (?<word>in|notin) \((?<set>[^)]*)\))?", RegexOptions.ExplicitCapture)]
    private static partial Regex Requirements();
}
