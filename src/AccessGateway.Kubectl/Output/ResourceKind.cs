namespace AccessGateway.Kubectl.Output;

using System.Text.Json.Serialization.Metadata;

/// <summary>A column of a table; the instant is now, for ages.</summary>
/// <param name="Wide">Only with <c>-o wide</c>.</param>
internal sealed record Column<T>(string Header, Func<T, DateTimeOffset, string?> Cell, bool Wide = false);

/// <summary>How a kind of thing is shown.</summary>
/// <param name="Name">For <c>-o name</c>, before the slash.</param>
/// <param name="Plural">For "No … found".</param>
internal sealed record ResourceKind<T>(
    string Name, string Plural, Func<T, string> Id, JsonTypeInfo<T> Json, IReadOnlyList<Column<T>> Columns);
