namespace AccessGateway.Bindings;

using AccessGateway.Grants;

/// <summary>What to do so that a cluster holds exactly the bindings of the active grants. Pure.</summary>
/// <param name="Create">Missing bindings of active grants.</param>
/// <param name="Replace">Bindings of active grants that were changed by somebody else: what is there, and what should be.</param>
/// <param name="Restamp">Bindings that bind what they should, but name another end: after an extension.</param>
/// <param name="Remove">Bindings of no active grant.</param>
internal sealed record ReconcilePlan(
    IReadOnlyList<(Binding Binding, Grant Grant)> Create,
    IReadOnlyList<(Binding Actual, Binding Desired, Grant Grant)> Replace,
    IReadOnlyList<Binding> Restamp,
    IReadOnlyList<Binding> Remove)
{
    public static ReconcilePlan Of(IReadOnlyCollection<Grant> active, IReadOnlyCollection<Binding> actual)
    {
        var desired = active.SelectMany(grant => BindingManifest.Of(grant).Select(binding => (Binding: binding, Grant: grant)))
            .ToDictionary(pair => (pair.Binding.Namespace, pair.Binding.Name));
        var there = actual.ToDictionary(binding => (binding.Namespace, binding.Name));
        return new ReconcilePlan(
            [.. desired.Where(pair => !there.ContainsKey(pair.Key)).Select(pair => pair.Value)],
            [.. desired.Where(pair => there.TryGetValue(pair.Key, out var found) && !BindsAs(found, pair.Value.Binding))
                .Select(pair => (there[pair.Key], pair.Value.Binding, pair.Value.Grant))],
            [.. desired.Where(pair => there.TryGetValue(pair.Key, out var found) && BindsAs(found, pair.Value.Binding) && found.NotAfter != pair.Value.Binding.NotAfter)
                .Select(pair => pair.Value.Binding)],
            [.. there.Where(pair => !desired.ContainsKey(pair.Key)).Select(pair => pair.Value)]);
    }

    private static bool BindsAs(Binding found, Binding desired) => found with { NotAfter = desired.NotAfter } == desired;
}
