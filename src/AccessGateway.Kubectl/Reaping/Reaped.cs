namespace AccessGateway.Kubectl.Reaping;

using System.Text.Json.Serialization;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Output;

/// <summary>What became of an object whose grant is over.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ReapOutcome>))]
internal enum ReapOutcome
{
    Deleted,

    /// <summary>A dry run.</summary>
    WouldDelete,

    /// <summary>Somebody else was faster: the gateway, for one.</summary>
    Gone,

    /// <summary>It is not what was looked at any more; the next run looks again.</summary>
    Changed,

    Failed,
}

/// <summary>One object whose grant is over, and what became of it.</summary>
/// <param name="NotAfter">The end that it names; null where none could be read.</param>
/// <param name="Detail">Why it failed.</param>
internal sealed record Reaped(string Kind, string? Namespace, string Name, string Grant, DateTimeOffset? NotAfter, ReapOutcome Outcome, string? Detail = null)
{
    public static readonly ResourceKind<Reaped> Resource = new(
        "reaped", "bindings of ended grants", item => item.Name, ReapJson.Default.Reaped,
        [
            new("KIND", (item, _) => item.Kind),
            new("NAMESPACE", (item, _) => item.Namespace),
            new("NAME", (item, _) => item.Name),
            new("ENDED", (item, now) => item.NotAfter is { } end ? RelativeTime.Of(end, now) : "unreadable"),
            new("OUTCOME", (item, _) => item.Outcome switch { ReapOutcome.WouldDelete => "would be deleted", var outcome => outcome.ToString().ToLowerInvariant() }),
            new("DETAIL", (item, _) => item.Detail),
        ]);

    public static Reaped Of(OwnedObject item, ReapOutcome outcome, string? detail = null) =>
        new(item.Kind.ToString().ToLowerInvariant(), item.Namespace, item.Name, item.Grant, item.NotAfter, outcome, detail);
}
