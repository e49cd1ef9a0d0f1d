namespace AccessGateway.Portal.Layout;

using AccessGateway.Policy;

/// <summary>How namespaces are told of: names, and patterns of names.</summary>
internal static class NamespaceWords
{
    private const int Shown = 20;

    /// <summary>What a role is offered for.</summary>
    public static string Offered(IReadOnlyList<string> namespaces, IReadOnlyList<string>? except) =>
        NamespaceChoice.Words(namespaces, except ?? []);

    /// <summary>The sentence about what a pattern leaves out; empty where nothing is.</summary>
    public static string Except(IReadOnlyList<string>? except) => except is null ? "" : $"Except {string.Join(", ", except)}. ";

    /// <summary>What patterns match, shortened.</summary>
    public static string Of(IReadOnlyList<string> matched, int? total = null) => (total ?? matched.Count) switch
    {
        0 => "none",
        var all when all <= Math.Min(matched.Count, Shown) => $"{string.Join(", ", matched)} ({all})",
        var all => $"{string.Join(", ", matched.Take(Shown))} and {all - Math.Min(matched.Count, Shown)} more ({all})",
    };
}
