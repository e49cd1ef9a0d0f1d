namespace AccessGateway.Posture;

using System.Text.Json;
using System.Text.RegularExpressions;
using AccessGateway.Clusters;

/// <summary>
/// What to do with bindings once a policy has taken their place: lines for a comment, which somebody will paste into a shell. A name
/// that a shell or YAML could take for more than a name is therefore only quoted, never put into a command.
/// </summary>
internal sealed partial class RemovalNotes(IReadOnlyList<StandingAccess> standing)
{
    /// <summary>Who besides a policy's requesters holds something by the same binding.</summary>
    private readonly ILookup<RbacBinding, StandingAccess> _holders = standing
        .SelectMany(held => held.Bindings.Select(binding => (held, binding))).ToLookup(pair => pair.binding, pair => pair.held);

    public IEnumerable<string> Of(IReadOnlyList<StandingAccess> offer)
    {
        foreach (var binding in offer.SelectMany(held => held.Bindings).Distinct())
        {
            var others = _holders[binding].Except(offer).ToList();
            var kind = binding.Namespace is null ? "clusterrolebinding" : "rolebinding";
            var place = binding.Namespace is null ? "" : $" -n {binding.Namespace}";
            var leaving = string.Join(", ", offer.Where(held => held.Bindings.Contains(binding)).Select(held => $"{held.Subject.Kind} {Quote(held.Subject.Name)}"));
            if (!Plain().IsMatch(binding.Name) || (binding.Namespace is not null && !Plain().IsMatch(binding.Namespace)))
                yield return $"by hand, for no command should hold its name: {kind} {Quote(binding.Name)}";
            else if (others.Count > 0)
                yield return $"kubectl edit {kind}{place} {binding.Name}    takes out {leaving}; {others.Count} further subject{(others.Count == 1 ? " stays" : "s stay")}";
            else
                yield return $"kubectl delete {kind}{place} {binding.Name}";
        }
    }

    /// <summary>In one line of ASCII, whatever stands in it.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9:._@+-]*\z")]
    private static partial Regex Plain();
}
