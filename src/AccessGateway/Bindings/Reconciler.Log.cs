namespace AccessGateway.Bindings;

using Microsoft.Extensions.Logging;

internal sealed partial class Reconciler
{
    [LoggerMessage(LogLevel.Warning, "The end written on {Binding} of cluster {Cluster} could not be moved; a reaper would remove it at the earlier one. The gateway needs the verb patch.")]
    private partial void LogNotRestamped(string binding, string cluster);

    [LoggerMessage(LogLevel.Error, "Grant {Grant} cannot be bound on cluster {Cluster}: the API server answered {Status}.")]
    private partial void LogCannotBind(string grant, string cluster, int status);
}
