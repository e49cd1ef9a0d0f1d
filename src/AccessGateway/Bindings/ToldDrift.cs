namespace AccessGateway.Bindings;

using System.Collections.Concurrent;

/// <summary>What was told of already, by where it stands: a change that cannot be put right is found again by each pass, and told of once.</summary>
internal sealed class ToldDrift
{
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    public bool Any => !_told.IsEmpty;

    /// <summary>Whether this object, as it is now, was not told of; that it is missing, where it has neither uid nor version.</summary>
    public bool IsNews(string place, string? uid, string? version) => !_told.TryGetValue(place, out var told) || told != Of(uid, version);

    public void Told(string place, string? uid, string? version) => _told[place] = Of(uid, version);

    /// <summary>It is right again, or gone.</summary>
    public void Forget(string place) => _told.TryRemove(place, out _);

    private static string Of(string? uid, string? version) => $"{uid}/{version}";
}
