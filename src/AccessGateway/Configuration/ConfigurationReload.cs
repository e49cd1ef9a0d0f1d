namespace AccessGateway.Configuration;

using System.Globalization;
using AccessGateway.Audit;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>
/// Brings changed documents into force, whole or not at all. The audit event commits first; then they are in force; then what they
/// no longer offer is revoked. What cannot be used changes nothing but the alarm.
/// </summary>
internal sealed partial class ConfigurationReload(CurrentDocuments documents, IServiceScopeFactory scopes, TimeProvider clock, ILogger<ConfigurationReload> logger)
{
    /// <summary>For how long the folder must look the same before it is read: several files are rarely written in one moment.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private const int ErrorsInTheEvent = 10;

    /// <summary>Clusters that got another API server under their name, and until when grants were made for the one before.</summary>
    private readonly Dictionary<string, DateTimeOffset> _moved = new(StringComparer.Ordinal);

    /// <summary>Looks once. True where other documents are in force than before.</summary>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var seen = documents.Seen;
        var look = DocumentFolder.Look(documents.Folder, seen.Named);
        if (look == seen.Digest)
            return false;
        await Task.Delay(Settled, clock, cancellationToken);
        // Still being written: the next look comes soon.
        return DocumentFolder.Look(documents.Folder, seen.Named) == look && await TakeAsync(DocumentFolder.Read(documents.Folder), cancellationToken);
    }

    /// <summary>Revokes what the documents in force do not offer any more.</summary>
    public async Task EnforceAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var revoked = await scope.ServiceProvider.GetRequiredService<WithdrawnOffers>().RevokeAsync(documents.Current, _moved, cancellationToken);
        if (revoked > 0)
            LogRevoked(revoked);
    }

    private async Task<bool> TakeAsync(DocumentFolder read, CancellationToken cancellationToken)
    {
        if (read.Documents is { Count: 0 } && documents.Current.Count > 0)
            read = read with { Documents = null, Errors = [new DocumentError(documents.Folder, 1, 1, "The folder holds no document any more. A volume that is not mounted looks like this, so the last ones stay in force; restart the gateway where none is meant.")] };
        await NoteAsync(read, cancellationToken);
        if (read.Documents is null)
        {
            documents.Refuse(read, clock.GetUtcNow());
            LogRefused(documents.Current.Digest[..12], read.Errors.Count, string.Join(Environment.NewLine, read.Errors.Take(ErrorsInTheEvent)));
            return false;
        }

        var moved = documents.Current.Clusters.Where(cluster => read.Documents.Cluster(cluster.Name) is { } next && next.Server != cluster.Server).Select(cluster => cluster.Name).ToList();
        if (moved.Count > 0)
        {
            // As long as the one before is the one that is reached: nobody else would unbind there.
            moved.ForEach(name => _moved[name] = clock.GetUtcNow());
            await EnforceAsync(cancellationToken);
        }

        documents.Accept(read);
        moved.ForEach(name => _moved[name] = clock.GetUtcNow());
        LogReloaded(read.Digest[..12], read.Documents.Clusters.Count, read.Documents.Policies.Count);
        foreach (var warning in read.Warnings)
            LogWarning(warning);
        return true;
    }

    private async Task NoteAsync(DocumentFolder read, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var audit = scope.ServiceProvider.GetRequiredService<AuditLog>();
        if (read.Documents is { } next)
        {
            audit.Add(
                AuditEvents.ConfigurationReloaded, AuditEvents.Gateway,
                details: [("policyDigest", read.Digest), ("before", documents.Current.Digest), ("clusters", Text(next.Clusters.Count)), ("policies", Text(next.Policies.Count))]);
        }
        else
        {
            audit.Add(
                AuditEvents.ConfigurationRefused, AuditEvents.Gateway,
                details: [("digest", read.Digest), ("inForce", documents.Current.Digest), ("errors", Text(read.Errors.Count)), ("first", string.Join("\n", read.Errors.Take(ErrorsInTheEvent)))]);
        }

        await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().SaveChangesAsync(cancellationToken);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(LogLevel.Information, "New documents are in force: digest {Digest}, {Clusters} clusters, {Policies} policies.")]
    private partial void LogReloaded(string digest, int clusters, int policies);

    [LoggerMessage(LogLevel.Error, "The changed documents cannot be used ({Count} errors); those of digest {Digest} stay in force. {Errors}")]
    private partial void LogRefused(string digest, int count, string errors);

    [LoggerMessage(LogLevel.Warning, "Documents: {Warning}")]
    private partial void LogWarning(DocumentError warning);

    [LoggerMessage(LogLevel.Warning, "Revoked {Count} grants that the documents in force do not offer any more.")]
    private partial void LogRevoked(int count);
}
