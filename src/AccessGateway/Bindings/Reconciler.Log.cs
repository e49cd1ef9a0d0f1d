namespace AccessGateway.Bindings;

using Microsoft.Extensions.Logging;

internal sealed partial class Reconciler
{
    [LoggerMessage(LogLevel.Warning, "Removed the orphan {Binding} on cluster {Cluster}: no active grant asks for it.")]
    private partial void LogOrphan(string binding, string cluster);

    [LoggerMessage(LogLevel.Warning, "Somebody changed {Binding} on cluster {Cluster}; it is made afresh.")]
    private partial void LogDrift(string binding, string cluster);

    [LoggerMessage(LogLevel.Warning, "The end written on {Binding} of cluster {Cluster} could not be moved; a reaper would remove it at the earlier one. The gateway needs the verb patch.")]
    private partial void LogNotRestamped(string binding, string cluster);

    [LoggerMessage(LogLevel.Error, "Grant {Grant} cannot be bound on cluster {Cluster}: the API server answered {Status}.")]
    private partial void LogCannotBind(string grant, string cluster, int status);
}
