namespace AccessGateway.Policy;

/// <summary>Where in the documents something is said.</summary>
/// <param name="Line">Counts from 1.</param>
internal sealed record SourcePlace(string File, long Line)
{
    public static readonly IReadOnlyDictionary<string, SourcePlace> None = new Dictionary<string, SourcePlace>();

    public override string ToString() => $"{File}:{Line}";
}
