namespace AccessGateway.Policy;

/// <summary>Where in the documents something is said.</summary>
/// <param name="Line">Counts from 1, as the column does.</param>
internal sealed record SourcePlace(string File, long Line, long Column)
{
    public static readonly IReadOnlyDictionary<string, SourcePlace> None = new Dictionary<string, SourcePlace>();

    public override string ToString() => $"{File}:{Line}";
}
