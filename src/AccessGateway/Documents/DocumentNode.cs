namespace AccessGateway.Documents;

/// <summary>A piece of a document and where it begins; lines and columns count from 1.</summary>
internal abstract record DocumentNode(long Line, long Column)
{
    /// <param name="Plain">Written without quotes: only then <c>true</c> is a flag.</param>
    internal sealed record Text(string Value, bool Plain, long Line, long Column) : DocumentNode(Line, Column);

    internal sealed record List(IReadOnlyList<DocumentNode> Items, long Line, long Column) : DocumentNode(Line, Column);

    internal sealed record Mapping(IReadOnlyList<(Text Key, DocumentNode Value)> Pairs, long Line, long Column) : DocumentNode(Line, Column)
    {
        public static readonly Mapping Empty = new([], 1, 1);

        public DocumentNode? Find(string key)
        {
            foreach (var (name, value) in Pairs)
            {
                if (name.Value == key)
                    return value;
            }

            return null;
        }
    }
}
