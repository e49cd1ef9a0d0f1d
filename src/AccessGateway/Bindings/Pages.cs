namespace AccessGateway.Bindings;

using k8s.Models;

/// <summary>Reads lists of an API server to their end.</summary>
internal static class Pages
{
    /// <summary>Objects that are asked for at a time.</summary>
    public const int Size = 500;

    /// <param name="page">Reads the page that begins at a token; the first where that is null.</param>
    public static async Task<IReadOnlyList<T>> AllAsync<T>(Func<string?, Task<(IEnumerable<T> Found, V1ListMeta Metadata)>> page)
    {
        var all = new List<T>();
        string? next = null;
        do
        {
            var (found, metadata) = await page(next);
            all.AddRange(found);
            next = metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return all;
    }
}
