namespace AccessGateway.Bindings;

using AccessGateway.Grants;

/// <summary>What to do so that a cluster holds exactly the bindings of the active grants. Pure.</summary>
/// <param name="Create">Active grants of which a binding is missing.</param>
/// <param name="Replace">Bindings of active grants that were changed by somebody else: what is there, and what should be.</param>
/// <param name="Restamp">Bindings that bind what they should, but name another end: after an extension, or somebody's.</param>
/// <param name="Remove">Bindings of no active grant.</param>
/// <param name="Complete">Active grants all of whose bindings are there.</param>
internal sealed record ReconcilePlan(
    IReadOnlyList<Grant> Create,
    IReadOnlyList<(Binding Actual, Binding Desired, Grant Grant)> Replace,
    IReadOnlyList<(Binding Actual, Binding Desired, Grant Grant)> Restamp,
    IReadOnlyList<Binding> Remove,
    IReadOnlyList<Grant> Complete)
{
    /// <param name="bindings">What a grant needs.</param>
    public static ReconcilePlan Of(IReadOnlyCollection<Grant> active, IReadOnlyCollection<Binding> actual, Func<Grant, IReadOnlyList<Binding>> bindings)
    {
        var there = actual.ToDictionary(binding => (binding.Namespace, binding.Name));
        var (create, complete) = (new List<Grant>(), new List<Grant>());
        var replace = new List<(Binding, Binding, Grant)>();
        var restamp = new List<(Binding, Binding, Grant)>();
        foreach (var grant in active)
        {
            var missing = false;
            foreach (var desired in bindings(grant))
            {
                if (!there.Remove((desired.Namespace, desired.Name), out var found))
                    missing = true;
                else if (found.DifferencesFrom(desired).Count > 0)
                    replace.Add((found, desired, grant));
                else if (found.NotAfter != desired.NotAfter)
                    restamp.Add((found, desired, grant));
            }

            (missing ? create : complete).Add(grant);
        }

        return new ReconcilePlan(create, replace, restamp, [.. there.Values], complete);
    }
}
