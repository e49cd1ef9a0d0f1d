namespace AccessGateway.Documents;

using System.Threading.Channels;
using Microsoft.Extensions.Logging;

/// <summary>
/// Tells when something happened in the folder: at once where the system says so, else at the next look. It is told of nothing in
/// files elsewhere that documents name, and of nothing on some network file systems: the looks find those.
/// </summary>
internal sealed partial class DocumentWatch : IDisposable
{
    /// <summary>The longest time between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher? _watcher;
    private readonly TimeProvider _clock;
    private readonly ILogger<DocumentWatch> _logger;

    public DocumentWatch(CurrentDocuments documents, TimeProvider clock, ILogger<DocumentWatch> logger)
    {
        (_clock, _logger) = (clock, logger);
        try
        {
            _watcher = new FileSystemWatcher(Path.GetFullPath(documents.Folder))
            {
                // The kubelet changes a mounted ConfigMap by renaming the link `..data`, a directory to the system.
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.CreationTime,
            };
            _watcher.Changed += (_, _) => Ring();
            _watcher.Created += (_, _) => Ring();
            _watcher.Deleted += (_, _) => Ring();
            _watcher.Renamed += (_, _) => Ring();
            _watcher.Error += (_, _) => Ring();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (DocumentSource.IsUnreadable(e))
        {
            LogNotWatching(e, documents.Folder);
        }
    }

    /// <summary>Waits until something happened, or <see cref="Period"/> is over.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Period, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => _watcher?.Dispose();

    private void Ring() => _bell.Writer.TryWrite(true);

    [LoggerMessage(LogLevel.Warning, "The system does not tell of changes in {Folder}; it is looked at every few seconds instead.")]
    private partial void LogNotWatching(Exception exception, string folder);
}
