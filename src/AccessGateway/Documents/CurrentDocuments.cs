namespace AccessGateway.Documents;

using Microsoft.Extensions.Options;

/// <summary>
/// Which documents are in force. Scoped services take <see cref="GatewayDocuments"/> itself, one snapshot for each operation; what
/// lives longer asks here each time.
/// </summary>
internal sealed class CurrentDocuments
{
    private volatile State _state;

    /// <exception cref="DocumentException">The folder is not usable: a gateway does not start on it.</exception>
    public CurrentDocuments(IOptions<GatewayOptions> options)
    {
        Folder = options.Value.Config;
        var read = DocumentFolder.Read(Folder);
        _state = new State(read.Documents ?? throw new DocumentException(read.Errors));
        Seen = read;
    }

    public string Folder { get; }

    public GatewayDocuments Current => _state.Documents;

    /// <summary>What was read last, in force or refused.</summary>
    public DocumentFolder Seen { get; private set; }

    /// <summary>Why what lies in the folder is not in force; null where it is.</summary>
    public RefusedDocuments? Refused { get; private set; }

    /// <summary>Puts documents in force and wakes whoever waits for that.</summary>
    public void Accept(DocumentFolder read)
    {
        var before = _state;
        (Seen, Refused) = (read, null);
        _state = new State(read.Documents ?? throw new ArgumentException("Documents with errors are never in force.", nameof(read)));
        before.Replaced.SetResult();
    }

    /// <summary>What was in force stays in force.</summary>
    public void Refuse(DocumentFolder read, DateTimeOffset at) => (Seen, Refused) = (read, new RefusedDocuments(at, read.Errors));

    /// <summary>Comes back when other documents than these are in force.</summary>
    public async Task WaitForOthersAsync(GatewayDocuments than, CancellationToken cancellationToken)
    {
        var state = _state;
        if (ReferenceEquals(state.Documents, than))
            await state.Replaced.Task.WaitAsync(cancellationToken);
    }

    private sealed record State(GatewayDocuments Documents)
    {
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The folder's content has been refused: since when, and why.</summary>
internal sealed record RefusedDocuments(DateTimeOffset Since, IReadOnlyList<DocumentError> Errors);
