namespace AccessGateway.Documents;

/// <summary>What is wrong in a configuration document, and where. Lines and columns count from 1.</summary>
internal sealed record DocumentError(string File, long Line, long Column, string Message)
{
    /// <summary>In the order in which one reads.</summary>
    public static int ByPlace(DocumentError a, DocumentError b)
    {
        var file = string.CompareOrdinal(a.File, b.File);
        return file != 0 ? file : (a.Line, a.Column).CompareTo((b.Line, b.Column));
    }

    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>The configuration folder is not usable; carries every error in it.</summary>
internal sealed class DocumentException(IReadOnlyList<DocumentError> errors)
    : Exception($"The configuration is not usable:{Environment.NewLine}{string.Join(Environment.NewLine, errors)}")
{
    public IReadOnlyList<DocumentError> Errors { get; } = errors;
}
