namespace AccessGateway.Documents;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.Schedules;

/// <summary>What only all documents together tell.</summary>
internal static class DocumentChecks
{
    /// <summary>What keeps them from being used.</summary>
    public static IEnumerable<DocumentError> Errors(GatewayDocuments documents) => [.. MissingSchedules(documents), .. MachineRequesters.UnknownIn(documents)];

    /// <summary>What keeps none from being used, and still is hardly meant.</summary>
    public static IEnumerable<DocumentError> Warnings(GatewayDocuments documents)
    {
        foreach (var policy in documents.Policies)
        {
            var clusters = documents.Clusters.Where(cluster => policy.Clusters.Includes(cluster.Facts)).ToList();
            if (clusters.Count == 0)
                yield return At(policy.Places, "clusters", $"The policy '{policy.Name}' is for no cluster that there is.");
            foreach (var role in policy.Roles)
            {
                var tooShort = clusters.Find(cluster => cluster.Signer is SignerDefinition.KubernetesCsr && role.MaxDuration < KubernetesCsrSigner.ShortestLeaf);
                if (tooShort is not null)
                    yield return At(role.Places, "maxDuration", $"The signer of cluster '{tooShort.Name}' makes no leaf for under {DurationText.Format(KubernetesCsrSigner.ShortestLeaf)}: nobody could use '{role.Name}' there.");
            }
        }

        foreach (var contradiction in Contradictions(documents))
            yield return contradiction;
    }

    private static IEnumerable<DocumentError> MissingSchedules(GatewayDocuments documents)
    {
        var known = documents.All<Schedule>().Select(schedule => schedule.Name).ToHashSet(StringComparer.Ordinal);
        return from policy in documents.Policies
               from role in policy.Roles
               let name = role.AutomaticWhen?.OnCall
               where name is not null && !known.Contains(name)
               select At(role.Places, "automaticWhen", $"The policy '{policy.Name}' names the schedule '{name}' for '{role.Name}', and there is none of that name.");
    }

    /// <summary>Two policies that mean different roles by one name, for the same group: nobody of it gets either.</summary>
    private static IEnumerable<DocumentError> Contradictions(GatewayDocuments documents)
    {
        var byName = documents.Policies.SelectMany(policy => policy.Roles.Select(role => (Policy: policy, Role: role))).GroupBy(offer => offer.Role.Name, StringComparer.Ordinal);
        foreach (var offers in byName.Select(same => same.ToList()).Where(same => same.Count > 1))
        {
            var first = offers[0];
            foreach (var other in offers.Skip(1).Where(other => other.Role.Target != first.Role.Target || other.Role.Scope != first.Role.Scope))
            {
                if (first.Policy.Requesters.Groups.Intersect(other.Policy.Requesters.Groups).Any() && documents.Clusters.Any(cluster => first.Policy.Clusters.Includes(cluster.Facts) && other.Policy.Clusters.Includes(cluster.Facts)))
                    yield return At(other.Role.Places, "name", $"The policies '{first.Policy.Name}' and '{other.Policy.Name}' mean different roles by '{other.Role.Name}': whoever both name gets neither.");
            }
        }
    }

    public static DocumentError At(IReadOnlyDictionary<string, SourcePlace> places, string key, string message) =>
        places.TryGetValue(key, out var place) ? new DocumentError(place.File, place.Line, place.Column, message) : new DocumentError("", 1, 1, message);
}
