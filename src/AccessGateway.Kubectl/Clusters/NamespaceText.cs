namespace AccessGateway.Kubectl.Clusters;

using System.Globalization;

/// <summary>How namespaces are shown: names, and patterns of names.</summary>
internal static class NamespaceText
{
    private const int Shown = 20;

    public static string Words(IReadOnlyList<string> chosen, IReadOnlyList<string>? except) =>
        "namespaces " + string.Join(", ", chosen) + (except is { Count: > 0 } ? $", except {string.Join(", ", except)}" : "");

    /// <summary>For one cell of a table.</summary>
    public static string Short(IReadOnlyList<string> chosen, IReadOnlyList<string>? except) =>
        string.Join(",", chosen.Concat((except ?? []).Select(pattern => $"!{pattern}")));

    /// <summary>What patterns match; null where nothing is a pattern, or where nobody knows.</summary>
    public static string? Matched(IReadOnlyList<string>? matched, int? total = null) => matched is null ? null
        : matched.Count == 0 ? "none"
        : string.Join(", ", matched.Take(Shown)) + More((total ?? matched.Count) - Math.Min(matched.Count, Shown));

    private static string More(int more) => more > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {more} more") : "";
}
