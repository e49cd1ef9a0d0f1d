namespace AccessGateway.Documents;

using System.Collections.Concurrent;
using System.Text.RegularExpressions;

/// <summary>Makes the patterns of reasons. One without backtracking takes milliseconds to make, and many policies, and each reload,
/// have the same ones.</summary>
internal static class ReasonPatterns
{
    private const int Kept = 1000;
    private static readonly ConcurrentDictionary<string, Regex> Made = new(StringComparer.Ordinal);

    /// <summary>One of the two results is null.</summary>
    public static (Regex? Pattern, string? Problem) Make(string text)
    {
        if (Made.TryGetValue(text, out var known))
            return (known, null);
        try
        {
            var made = new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            if (Made.Count >= Kept)
                Made.Clear();
            Made[text] = made;
            return (made, null);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return (null, e.Message);
        }
    }
}
