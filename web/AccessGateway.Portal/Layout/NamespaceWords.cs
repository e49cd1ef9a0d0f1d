namespace AccessGateway.Portal.Layout;

/// <summary>How namespaces are told of: names, and patterns of names.</summary>
internal static class NamespaceWords
{
    private const int Shown = 20;

    public static bool HasPatterns(IReadOnlyList<string> namespaces) => namespaces.Any(name => name.AsSpan().ContainsAny('*', '?'));

    /// <summary>What patterns match, shortened.</summary>
    public static string Of(IReadOnlyList<string> matched, int? total = null) => (total ?? matched.Count) switch
    {
        0 => "none",
        var all when all <= Math.Min(matched.Count, Shown) => $"{string.Join(", ", matched)} ({all})",
        var all => $"{string.Join(", ", matched.Take(Shown))} and {all - Math.Min(matched.Count, Shown)} more ({all})",
    };
}
