namespace AccessGateway.Bindings;

using AccessGateway.Policy;
using k8s;

/// <summary>Which namespaces of one cluster concern its loop: those that patterns of its active grants match. What others do in all the rest
/// wakes nobody.</summary>
internal sealed class PatternInterest(LoopBell bell)
{
    private volatile IReadOnlyList<string> _patterns = [];

    /// <summary>To be said before the namespaces are read: what comes after that is heard, what came before is read.</summary>
    public void Follow(IReadOnlyList<string> patterns) => _patterns = patterns;

    /// <summary>Rings for a namespace that comes or goes. What else changes of one, its labels for example, decides nothing.</summary>
    public void Hear(WatchedEvent told)
    {
        if (told.Type is WatchEventType.Added or WatchEventType.Deleted && _patterns.Any(pattern => Glob.IsMatch(pattern, told.Name)))
            bell.CallLook();
    }
}
