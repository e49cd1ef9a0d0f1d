namespace AccessGateway.Clusters;

using k8s.Models;

/// <summary>Reads lists of an API server to their end.</summary>
internal static class Pages
{
    /// <summary>Objects that are asked for at a time.</summary>
    public const int Size = 500;

    /// <param name="page">Reads the page that begins at a token, the first where that is null, and takes from it what is wanted.</param>
    /// <param name="most">A list without an end must not fill the memory.</param>
    /// <exception cref="InvalidDataException">There is more than that.</exception>
    public static async Task<List<T>> AllAsync<T>(Func<string?, Task<(IEnumerable<T> Found, V1ListMeta? Metadata)>> page, int most = int.MaxValue)
    {
        var all = new List<T>();
        string? next = null;
        do
        {
            var (found, metadata) = await page(next);
            all.AddRange(found);
            if (all.Count > most)
                throw new InvalidDataException($"The cluster lists more than {most} objects of one kind.");
            next = metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return all;
    }
}
