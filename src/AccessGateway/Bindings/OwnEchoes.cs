namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using k8s;

/// <summary>What a cluster's watch is about to tell of the gateway's own writes, so that they wake nobody. Bounded: what is forgotten costs a
/// pass too many.</summary>
internal sealed class OwnEchoes(LoopBell bell)
{
    private const int Most = 50_000;

    private readonly ConcurrentDictionary<(bool Created, string Resource, string? Namespace, string Name), int> _awaited = new();

    /// <summary>Before the first watch nobody would take them.</summary>
    private volatile bool _listening;

    /// <summary>A watch begins, or begins anew: whatever happened before is found by a look at the whole cluster.</summary>
    public void Begin()
    {
        _listening = true;
        _awaited.Clear();
        bell.CallLook();
    }

    /// <summary>Rings, unless it is of a write of the gateway's own.</summary>
    public void Hear(WatchedEvent told)
    {
        if (told.Type is WatchEventType.Modified or WatchEventType.Error || !Take(told.Type == WatchEventType.Added, told.Resource, told.Namespace, told.Name))
            bell.CallLook();
    }

    /// <summary>Before the write: its event may come before its answer.</summary>
    public void Expect(bool created, string resource, string? place, string name)
    {
        if (!_listening)
            return;
        if (_awaited.Count >= Most)
            _awaited.Clear();
        _awaited.AddOrUpdate((created, resource, place, name), 1, (_, before) => before + 1);
    }

    /// <summary>Whether the event is of a write of ours; each counts once. Also to be called where a write came to nothing.</summary>
    public bool Take(bool created, string resource, string? place, string name)
    {
        var key = (created, resource, place, name);
        while (_awaited.TryGetValue(key, out var count))
        {
            if (count == 1 ? _awaited.TryRemove(new(key, 1)) : _awaited.TryUpdate(key, count - 1, count))
                return true;
        }

        return false;
    }
}
